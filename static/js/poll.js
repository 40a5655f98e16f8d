// Asks every few seconds what others have changed, while somebody looks and holds no card. The
// answer touches only cards that changed, never a field, so typing need not stop it.
const EVERY = 2500;
const board = document.getElementById("board");

const isBusy = () =>
  document.hidden || board.classList.contains("is-dragging") || "waiting" in board.dataset;

function ask() {
  if (!isBusy()) htmx.trigger("#poll", "poll");
}

setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
