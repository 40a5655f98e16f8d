// Dragging with a mouse or a pen. It only puts the card where it was dropped and leaves the rest
// to move.js. Never with a finger: a phone has "Move" on each card.
const board = document.getElementById("board");
const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const isSelecting = () => document.body.classList.contains("is-selecting");
let isCancelled = false;

if (board.classList.contains("may-move") && matchMedia("(any-pointer: fine)").matches) {
  await import(board.dataset.sortable);
  for (const list of board.querySelectorAll(".cards")) make(list);
}

// Esc lets go of the card where it was.
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !board.classList.contains("is-dragging")) return;
  isCancelled = true;
  document.dispatchEvent(new PointerEvent("pointerup"));
});

// Sortable looks only now and then where the card is: what is dragged in one quick motion would be
// put where it was then, or back. So before it is dropped it is moved to where the pointer is; where
// the drag is only just beginning, that is waited for.
document.addEventListener("pointerup", (event) => {
  if (!event.isTrusted || !("held" in board.dataset)) return;
  const where = { clientX: event.clientX, clientY: event.clientY, pointerType: event.pointerType };
  document.dispatchEvent(new PointerEvent("pointermove", where));
  if (window.Sortable.active) return void window.Sortable.active._emulateDragOver();
  if (!window.Sortable.clone) return; // a click
  event.stopImmediatePropagation();
  setTimeout(() => {
    document.dispatchEvent(new PointerEvent("pointermove", where));
    window.Sortable.active?._emulateDragOver();
    document.dispatchEvent(new PointerEvent("pointerup", where));
  });
}, true);

function make(list) {
  let next = null;
  const sortable = new window.Sortable(list, {
    group: "cards",
    draggable: ".card",
    filter: (event) => event.pointerType === "touch" || "waiting" in board.dataset || isSelecting(),
    preventOnFilter: false,
    forceFallback: true,
    fallbackOnBody: true,
    fallbackTolerance: 8,
    fallbackClass: "is-held",
    ghostClass: "is-ghost",
    animation: isCalm ? 0 : 120,
    emptyInsertThreshold: 60,
    scroll: true,
    scrollSensitivity: 90,
    scrollSpeed: 18,
    bubbleScroll: true,
    onChoose: () => {
      board.dataset.held = "";
      // On a sorted board a card goes to other columns, and nowhere within its own.
      sortable.option("sort", !document.querySelector("[data-sorted]"));
    },
    onUnchoose: () => delete board.dataset.held,
    onStart: ({ item }) => {
      next = item.nextElementSibling;
      isCancelled = false;
      board.classList.add("is-dragging");
    },
    onEnd: ({ item, from, to, oldDraggableIndex, newDraggableIndex }) => {
      board.classList.remove("is-dragging");
      if (isCancelled) return void from.insertBefore(item, next);
      const sorted = document.querySelector("[data-sorted]");
      if (from === to && sorted) {
        from.insertBefore(item, next);
        document.dispatchEvent(new CustomEvent("say", { detail: sorted.dataset.sorted }));
        return;
      }
      if (from === to && oldDraggableIndex === newDraggableIndex) return;
      document.dispatchEvent(new CustomEvent("movecard", { detail: { card: item, from, next } }));
    },
  });
}
