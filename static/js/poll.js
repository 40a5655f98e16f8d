// Asks every few seconds what others have changed, while somebody looks and holds no card. The
// answer touches only cards that changed, never a field, so typing need not stop it.
const EVERY = 2500;
const board = document.getElementById("board");

const isBusy = () => document.hidden || "held" in board.dataset || "waiting" in board.dataset;

function ask() {
  if (!isBusy()) htmx.trigger("#poll", "poll");
}

// An answer that comes while a card is in the hand is left alone; the next poll asks again. So is
// one that was asked for before the board was narrowed anew.
document.addEventListener("htmx:before:swap", (event) => {
  const source = event.detail.ctx.sourceElement;
  if (source?.id === "poll" && (isBusy() || !source.isConnected)) event.preventDefault();
});

setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
