// The keyboard on the board: arrows from card to card, and a key for each thing done often. Nothing
// here acts while somebody types or a dialog is open.
const board = document.getElementById("board");
const mine = []; // addresses that undo my moves on this board, latest last

const lists = () => [...board.querySelectorAll(".cards")].filter((list) => list.offsetParent);
const cardsOf = (list) => [...list.children].filter((child) => child.matches(".card"));
const focusOn = (card) => card?.querySelector("a").focus();

function step(card, key) {
  if (key === "ArrowDown") return card.nextElementSibling;
  if (key === "ArrowUp") return card.previousElementSibling;
  const all = lists();
  const way = key === "ArrowRight" ? 1 : -1;
  const nth = cardsOf(card.parentElement).indexOf(card);
  for (let at = all.indexOf(card.parentElement) + way; all[at]; at += way) {
    const cards = cardsOf(all[at]);
    if (cards.length) return cards[Math.min(nth, cards.length - 1)];
  }
  return null;
}

function shift(card, key) {
  const sorted = document.querySelector("[data-sorted]");
  if (sorted) {
    document.dispatchEvent(new CustomEvent("say", { detail: sorted.dataset.sorted }));
    return;
  }
  const [from, next] = [card.parentElement, card.nextElementSibling];
  if (key === "ArrowUp") card.previousElementSibling?.before(card);
  if (key === "ArrowDown") next?.after(card);
  if (card.nextElementSibling === next) return;
  focusOn(card);
  document.dispatchEvent(new CustomEvent("movecard", { detail: { card, from, next } }));
}

// Out of a field and onto a card: whoever uses keys alone must not lose their place.
function leave(field) {
  const place = field.closest(".col") ?? board;
  const card = place.querySelector(".card");
  if (card) focusOn(card);
  else field.blur();
}

const undo = () => {
  const path = mine.pop();
  if (path) htmx.ajax("POST", path, { source: "#move", target: "#dialog", swap: "none" });
};

new MutationObserver(() => {
  const path = document.querySelector("#toasts [data-undo]")?.getAttribute("action");
  if (path && !mine.includes(path)) mine.push(path);
}).observe(document.getElementById("toasts"), { childList: true });
document.addEventListener("submit", (event) => {
  const at = mine.indexOf(event.target.getAttribute?.("action"));
  if (at >= 0) mine.splice(at, 1);
});

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (target.matches?.("input, textarea, select, [contenteditable]")) {
    if (key === "Escape") leave(target);
    return;
  }
  const act = actionFor(event, target.closest?.(".card"));
  if (!act) return;
  event.preventDefault();
  act();
});

function actionFor({ key, ctrlKey, metaKey, altKey }, card) {
  const mayMove = board.classList.contains("may-move");
  if (ctrlKey || metaKey) return key.toLowerCase() === "z" && mine.length ? undo : null;
  if (key.startsWith("Arrow")) {
    if (altKey) return card && mayMove ? () => shift(card, key) : null;
    if (card) return () => focusOn(step(card, key));
    return document.activeElement === document.body
      ? () => focusOn(board.querySelector(".card"))
      : null;
  }
  if (altKey) return null;
  if (key === "/") return () => document.querySelector("[data-search]").focus();
  if (key.toLowerCase() === "n") {
    const title = document.getElementById("add-title");
    return title && (() => title.focus());
  }
  if (key.toLowerCase() === "m" && card && mayMove) return () => openMove(card);
  return null;
}

function openMove(card) {
  const path = card.querySelector(".mv").getAttribute("href");
  htmx.ajax("GET", path, { target: "#dialog", swap: "innerHTML" });
}

board.addEventListener("click", (event) => {
  const link = event.target.closest(".mv");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openMove(link.closest(".card"));
});
