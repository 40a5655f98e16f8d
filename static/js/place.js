// The swap style "place": each card of an answer to its place in its column. An answer holds the
// cards that changed, so nothing else on the board is touched.
htmx.registerExtension("place", {
  handle_swap(style, _target, fragment, { fresh: isFresh }) {
    if (style !== "place") return false;
    const cards = [...fragment.children];
    for (const card of cards) place(card, isFresh);
    if (cards.length) document.body.dispatchEvent(new CustomEvent("boardchanged"));
    return [];
  },
});

function place(card, isFresh) {
  const old = document.getElementById(card.id);
  const { in: stage, after } = card.dataset;
  delete card.dataset.in;
  delete card.dataset.after;
  const list = stage && document.getElementById(`c${stage}`);
  const spot = list && spotFor(list, after, old);
  if (!spot) {
    leave(old);
    return;
  }
  const stays = old?.parentElement === list && old.previousElementSibling === spot.above;
  if (stays && isSame(old, card)) return;
  const hadFocus = old?.contains(document.activeElement);
  if (isFresh) card.classList.add("is-fresh");
  if (stays) old.replaceWith(card);
  else {
    old?.remove();
    spot.above ? spot.above.after(card) : list.prepend(card);
  }
  if (hadFocus) card.querySelector("a").focus({ preventScroll: true });
}

// Gone from the board: whoever stood on it stands on the card beside it.
function leave(card) {
  if (!card) return;
  const near = card.nextElementSibling ?? card.previousElementSibling ?? document.querySelector(".card");
  const hadFocus = card.contains(document.activeElement);
  card.remove();
  if (hadFocus) near?.querySelector("a").focus({ preventScroll: true });
}

// Where it belongs, or nothing when that part of the column has not been loaded yet.
function spotFor(list, after, old) {
  if (!after) return { above: null };
  const above = document.getElementById(`i${after}`);
  if (above?.parentElement === list) return { above };
  // The card above is not shown here: whoever moved the card has put it where it belongs.
  if (old?.parentElement === list && old.hasAttribute("aria-busy")) {
    return { above: old.previousElementSibling };
  }
  const isLoaded = !list.parentElement.querySelector(".more");
  const last = list.lastElementChild === old ? old.previousElementSibling : list.lastElementChild;
  return isLoaded ? { above: last } : null;
}

const isSame = (one, other) =>
  one.textContent === other.textContent && !one.hasAttribute("aria-busy");
