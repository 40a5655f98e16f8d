// The dialog and the sheet: open as long as there is something in them. An idea opened over the
// board has its own address, and Back closes it.
import { find, mark } from "./focus.js";

const boxes = [...document.querySelectorAll("dialog[data-box]")];
const toasts = document.getElementById("toasts");
const sheet = document.querySelector("dialog[data-sheet]");
const openers = new WeakMap();
let isLeft = false; // the sheet was closed by Back: there is no step to take back

for (const box of boxes) {
  const inside = box.firstElementChild;
  new MutationObserver(() => {
    const isFull = inside.childElementCount > 0;
    if (isFull && !box.open) show(box);
    if (!isFull && box.open) box.close();
  }).observe(inside, { childList: true });
  box.addEventListener("close", () => closed(box, inside));
  box.addEventListener("pointerdown", (event) => {
    // Beside the box, with nothing typed in it: away with it.
    if (event.target === box && isOutside(box, event) && !isTyped(box)) box.close();
  });
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-close]")?.closest("dialog");
  if (box) {
    event.preventDefault();
    box.close();
    return;
  }
  const jump = event.target.closest?.("dialog [data-error-summary] a[href^='#']");
  if (jump) {
    // Without a step in the history, which would close the idea that lies below.
    event.preventDefault();
    document.getElementById(jump.hash.slice(1))?.focus();
    return;
  }
  const link = event.target.closest?.(".card > a:first-child");
  const plain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (link && sheet && plain) {
    event.preventDefault();
    openSheet(link.getAttribute("href"), true);
  }
});

window.addEventListener("popstate", () => {
  if (!sheet) return;
  if (history.state?.sheet) openSheet(location.pathname, false);
  else if (sheet.open) {
    isLeft = true;
    sheet.close();
  }
});

function openSheet(href, isNew) {
  if (isNew) history.pushState({ sheet: true }, "", href);
  htmx.ajax("GET", href, { target: "#sheet", swap: "innerHTML" }).then(() => {
    // Refused, or no contact: the address goes back to the board's.
    if (!sheet.open && history.state?.sheet) history.back();
  });
}

function show(box) {
  const from = document.activeElement;
  const next = from?.closest?.(".card")?.nextElementSibling?.id;
  openers.set(box, { place: mark(from), id: from?.closest?.("[id]")?.id, next });
  box.showModal();
  if (!box.querySelector("[autofocus]")) box.querySelector("[data-dialog-title]")?.focus();
  box.append(toasts);
}

// A browser says late that a box was closed: by then it may be open again.
function closed(box, inside) {
  const isBack = box === sheet && !isLeft && history.state?.sheet;
  if (box === sheet) isLeft = false;
  if (box.open) return;
  inside.replaceChildren();
  (boxes.findLast((other) => other.open) ?? document.body).append(toasts);
  if (isBack) history.back();
  // The opener may have been drawn anew meanwhile.
  giveBack(box);
  setTimeout(() => giveBack(box));
  box.dispatchEvent(new CustomEvent("boxclosed", { bubbles: true }));
}

function giveBack(box) {
  const here = document.activeElement;
  if (here && here !== document.body && !here.matches("dialog") && here.isConnected) return;
  const { place, id, next } = openers.get(box) ?? {};
  const around = id && document.getElementById(id);
  const opener = find(place) ?? (around?.matches("a, button, input") ? around : around?.querySelector("a"));
  // Gone with its card, as when that was parked: to the one below it, or the first of all.
  const beside = document.querySelector(`#${next || "none"} > a`) ?? document.querySelector("#board .card > a");
  (opener ?? (place ? (beside ?? document.getElementById("main")) : null))?.focus({ preventScroll: !opener });
}

const isOutside = (box, { clientX: x, clientY: y }) => {
  const edge = box.getBoundingClientRect();
  return x < edge.left || x > edge.right || y < edge.top || y > edge.bottom;
};

const isTyped = (box) =>
  [...box.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue);

// A refused form says so to whoever cannot see it: focus on its summary of errors. What others
// change meanwhile is asked for, not sent, and must not take the focus from a field.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET") document.querySelector("dialog[open] [data-error-summary]")?.focus();
});
