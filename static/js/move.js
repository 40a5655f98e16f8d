// Sends what a drag or a key did with a card: fills in the small form that the dialog uses too.
// Until the server has agreed the card says that it waits; refused or cancelled, it goes back.
const board = document.getElementById("board");
const form = document.getElementById("move");
const messages = document.getElementById("toasts");
let waiting = null;

document.addEventListener("movecard", ({ detail }) => ask(detail));

async function ask({ card, from, next }) {
  if (waiting) return putBack({ card, from, next });
  waiting = { card, from, next };
  messages.replaceChildren();
  board.dataset.waiting = "";
  card.setAttribute("aria-busy", "true");
  const values = {
    to_stage: card.parentElement.dataset.stage,
    seen_stage: from.dataset.stage,
    after_id: card.previousElementSibling?.dataset.id ?? "",
    before_id: card.nextElementSibling?.dataset.id ?? "",
  };
  const path = `/ideer/${card.dataset.id}/flytt`;
  await htmx.ajax("POST", path, { source: form, target: "#dialog", swap: "innerHTML", values });
  // Agreed: the answer has put a new card in its place. Asked back: the dialog stands open.
  if (!document.getElementById("dialog").childElementCount) settle();
}

function settle() {
  if (!waiting) return;
  const { card } = waiting;
  if (card.isConnected && card.hasAttribute("aria-busy")) {
    putBack(waiting);
    // Unless the server has said why already.
    const detail = board.dataset.back;
    if (!messages.childElementCount) document.dispatchEvent(new CustomEvent("say", { detail }));
  } else if (document.activeElement === document.body) {
    document.getElementById(card.id)?.querySelector("a").focus({ preventScroll: true });
  }
  waiting = null;
  delete board.dataset.waiting;
}

function putBack({ card, from, next }) {
  card.removeAttribute("aria-busy");
  from.insertBefore(card, next?.parentElement === from ? next : null);
  card.querySelector("a").focus({ preventScroll: true });
}

document.addEventListener("boxclosed", settle);

// An idea that lies over the board has an address of its own; the server is told of the board's,
// so that counts and places follow its filter.
let home = location.href;
document.addEventListener("boardnarrowed", () => (home = location.href));
document.addEventListener("htmx:config:request", ({ detail }) => {
  detail.ctx.request.headers["HX-Current-URL"] = home;
});
