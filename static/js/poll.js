// Asks every few seconds what others have changed, while somebody looks and holds no card. The
// answer touches only cards that changed, never a field, so typing need not stop it.
const EVERY = 2500;
const board = document.getElementById("board");

const isBusy = () => document.hidden || "held" in board.dataset || "waiting" in board.dataset;

function ask() {
  if (!isBusy()) htmx.trigger("#poll", "poll");
}

// An answer that comes while a card is in the hand is left alone; the next poll asks again.
document.addEventListener("htmx:before:swap", (event) => {
  if (event.detail.ctx.sourceElement?.id === "poll" && isBusy()) event.preventDefault();
});

setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
