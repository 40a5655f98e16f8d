// The page of a meeting: arrows go from idea to idea, a letter decides, and what others at the
// table do is shown within three seconds. The note that is being written is never touched, and is
// kept in this browser until the server has it.
const EVERY = 2500;
const byId = (id) => document.getElementById(id);
const isTyping = (target) => target.matches?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (target.id === "note" && key === "Enter" && (ctrlKey || metaKey)) {
    event.preventDefault();
    byId("meet-save").click();
  }
  if (isTyping(target)) {
    if (key === "Escape") byId("meet-title").focus();
    return;
  }
  const button = actionFor(key, ctrlKey || metaKey, altKey);
  if (!button) return;
  event.preventDefault();
  button.click();
});

function actionFor(key, isControl, isAlt) {
  if (isAlt) return null;
  if (isControl) return key.toLowerCase() === "z" ? [...document.querySelectorAll("[id^='undo-']")].at(-1) : null;
  if (key === "ArrowLeft") return byId("meet-previous");
  if (key === "ArrowRight") return byId("meet-next");
  if (key.toLowerCase() === "n") return { click: () => byId("note").focus() };
  return document.querySelector(`.meet-buttons [data-key="${CSS.escape(key.toUpperCase())}"]`);
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const { request, response } = ctx;
  if (response?.status !== 200) return;
  if (request.method !== "GET" && request.action.endsWith("/angre")) ask("poll");
  const [, kept] = request.action.match(/\/sak\/(\d+)$/) ?? [];
  if (kept && request.method !== "GET") sessionStorage.removeItem(`meeting-note-${kept}`);
  follow();
  takeStored();
});

// Another item: its address, its title, and the focus on its heading, which is then read aloud.
function follow() {
  const { href, title } = byId("meeting").dataset;
  if (location.pathname === href) return;
  history.pushState(null, "", href);
  document.title = document.title.replace(/^.*(?= – [^–]+ – )/, title);
  restore();
  byId("meet-title").focus({ preventScroll: true });
  scrollTo({ top: 0 });
}
window.addEventListener("popstate", () => location.reload());

// What somebody else noted comes into the field as long as nothing of one's own stands in it.
function takeStored() {
  const [note, was, stored] = ["note", "was-note", "meet-stored"].map(byId);
  if (!note || !stored || stored.value === was.value) return;
  if (note.value === stored.value || note.value === was.value) {
    if (note.value !== stored.value) note.value = stored.value;
    was.value = stored.value;
  }
  if (note.value === was.value) forget(note);
}

const forget = (note) => sessionStorage.removeItem(note.dataset.draft);

document.addEventListener("input", ({ target }) => {
  if (target.id === "note") sessionStorage.setItem(target.dataset.draft, target.value);
});

function restore() {
  const note = byId("note");
  const draft = sessionStorage.getItem(note.dataset.draft);
  if (draft === null || note.readOnly) return;
  if (draft === note.value) forget(note);
  else note.value = draft;
}

function ask(why) {
  if (!document.hidden && (why === "poll" || !document.querySelector("dialog[open]"))) {
    htmx.trigger("#meet-poll", "poll");
  }
}
setInterval(ask, EVERY);
document.addEventListener("visibilitychange", () => ask());

// On a narrow screen the agenda lies folded below.
if (matchMedia("(max-width: 64rem)").matches) byId("agenda-fold").open = false;
restore();
