// The list of follow-ups by keyboard: arrows from one to the next, a key for each thing done often.
// After an undo the list is drawn anew.
const UNDO = /\/angre$/;
const rows = () => [...document.querySelectorAll("#followups [data-step]")];
const focusOn = (row) => row?.querySelector(".step-what")?.focus();
let place = -1; // where the focus was when the list was drawn anew

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (event.defaultPrevented || ctrlKey || metaKey || altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (target.matches?.("input, textarea, select, [contenteditable]")) return;
  const act = actionFor(key, target.closest?.("[data-step]"));
  if (!act) return;
  event.preventDefault();
  act();
});

function actionFor(key, row) {
  if (key === "ArrowDown" || key === "ArrowUp") {
    const all = rows();
    if (!row) return document.activeElement === document.body ? () => focusOn(all[0]) : null;
    return () => focusOn(all[all.indexOf(row) + (key === "ArrowDown" ? 1 : -1)]);
  }
  if (key.toLowerCase() === "n") {
    const add = document.querySelector("a[href^='/oppfolginger/ny']");
    return add && (() => add.click());
  }
  const button = row?.querySelector(`[data-key="${key.toLowerCase()}"]`);
  return button && (() => button.click());
}

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.("[data-step]");
  if (row) place = rows().indexOf(row);
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const { request, response } = ctx;
  if (request.method === "GET" || response?.status !== 200) return;
  if (UNDO.test(request.action) && document.getElementById("followups")) {
    htmx.ajax("GET", location.href, { target: "#followups", swap: "outerHTML" }).then(stay);
  }
});

// Whoever uses keys alone stays where they were: on the row that took the place of the one done.
function stay() {
  const all = rows();
  if (document.activeElement === document.body && place >= 0) {
    focusOn(all[Math.min(place, all.length - 1)]);
  }
}
document.addEventListener("boxclosed", stay);
