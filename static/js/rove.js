// One card of each column is in the tab order; the rest are reached with the arrows (keys.js).
const board = document.getElementById("board");

function rove(card) {
  for (const other of card.parentElement.children) {
    const stop = other === card ? 0 : -1;
    for (const link of other.querySelectorAll("a")) link.tabIndex = stop;
  }
}

function roveAll() {
  for (const list of board.querySelectorAll(".cards")) {
    const cards = [...list.children];
    const current = cards.find((card) => card.contains(document.activeElement));
    const kept = cards.find((card) => card.querySelector("a[tabindex='0']"));
    if (cards.length) rove(current ?? kept ?? cards[0]);
  }
}

board.addEventListener("focusin", (event) => {
  const card = event.target.closest(".card");
  if (card) rove(card);
});
document.addEventListener("htmx:after:swap", ({ detail }) => {
  if (detail.ctx.response?.status === 200) roveAll();
});
roveAll();
