// Select mode: several cards, and one thing done with all of them. `x` or a click on a card takes
// it, Shift takes all from the last one on, Esc leaves. The server opens the dialog and answers.
const board = document.getElementById("board");
export const bar = document.getElementById("select-bar");
const most = Number(bar.dataset.most);
export const chosen = new Set();
let last = null; // where a range begins

export const isOn = () => document.body.classList.contains("is-selecting");
export const lists = () => [...board.querySelectorAll(".cards")];
export const cardsOf = (list) => [...list.children].filter((child) => child.matches(".card"));
const say = (detail) => document.dispatchEvent(new CustomEvent("say", { detail }));

export function begin() {
  document.body.classList.add("is-selecting");
  bar.hidden = false;
  for (const button of board.querySelectorAll("[data-all]")) button.hidden = false;
  for (const list of lists()) cardsOf(list).forEach(dress);
  count();
}

export function end() {
  const isHere = bar.contains(document.activeElement) || document.activeElement === document.body;
  document.body.classList.remove("is-selecting");
  bar.hidden = true;
  for (const button of board.querySelectorAll("[data-all]")) button.hidden = true;
  for (const box of board.querySelectorAll(".pick")) box.remove();
  for (const card of board.querySelectorAll(".is-picked")) card.classList.remove("is-picked");
  const next = document.getElementById(last) ?? board.querySelector(".card");
  if (isHere) (next?.querySelector("a") ?? document.querySelector("[data-select]"))?.focus();
  chosen.clear();
  last = null;
}

// A box on a card, behind its link: the link stays first, for all that looks for it there.
export function dress(card) {
  if (card.querySelector(".pick")) return;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.className = "pick";
  const link = card.querySelector("a");
  box.setAttribute("aria-label", bar.dataset.label.replace("{title}", link.textContent));
  box.tabIndex = link.tabIndex;
  card.append(box);
  show(card);
}

function show(card) {
  const isPicked = chosen.has(card.dataset.id);
  card.classList.toggle("is-picked", isPicked);
  const box = card.querySelector(".pick");
  if (box) box.checked = isPicked;
}

function take(id, isTaken) {
  if (!isTaken) chosen.delete(id);
  else if (chosen.size < most) chosen.add(id);
  else if (!chosen.has(id)) return false;
  const card = document.getElementById(`i${id}`);
  if (card) show(card);
  return true;
}

export function takeAll(ids, isTaken) {
  const isAll = ids.map((id) => take(id, isTaken)).every(Boolean);
  if (!isAll) say(bar.dataset.full);
  count();
}

function toggle(card, isRange) {
  const from = document.getElementById(last);
  const isTaken = !chosen.has(card.dataset.id);
  const all = cardsOf(card.parentElement);
  const isSame = isRange && from?.parentElement === card.parentElement;
  const [low, high] = [all.indexOf(isSame ? from : card), all.indexOf(card)].sort((a, b) => a - b);
  takeAll(all.slice(low, high + 1).map((one) => one.dataset.id), isSame || isTaken);
  last = card.id;
}

function count() {
  const text = bar.dataset.count.replace("{n}", chosen.size);
  const told = bar.querySelector("[data-told]");
  if (told.textContent !== text) told.textContent = text;
  for (const button of bar.querySelectorAll("[data-deed]")) button.disabled = !chosen.size;
}

// Before the sheet opens: in this mode a press on a card takes it. Enter still opens it.
board.addEventListener("click", (event) => {
  const card = isOn() && event.target.closest(".card");
  const isKey = event.detail === 0 && !event.target.matches(".pick");
  if (!card || isKey || event.ctrlKey || event.metaKey || event.target.closest(".mv")) return;
  event.stopPropagation();
  if (!event.target.matches(".pick")) event.preventDefault();
  toggle(card, event.shiftKey);
}, true);

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === "Escape" && isOn() && !document.querySelector("details[data-menu][open]")) {
    if (!target.matches?.("input:not(.pick), textarea, select")) end();
    return;
  }
  if (key.toLowerCase() !== "x" || target.matches?.("input:not(.pick), textarea, select")) return;
  const card = target.closest?.(".card");
  if (!card) return;
  event.preventDefault();
  if (!isOn()) begin();
  toggle(card, event.shiftKey);
});

// One card of a column is in the tab order, and its box with it.
board.addEventListener("focusin", ({ target }) => {
  const list = isOn() && target.closest(".cards");
  if (!list) return;
  for (const box of list.querySelectorAll(".pick")) {
    box.tabIndex = box.parentElement.querySelector("a").tabIndex;
  }
});
