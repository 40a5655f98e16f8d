// Folds a column and makes cards compact at once; the server is told, and remembers.
const board = document.getElementById("board");

function apply(form, button) {
  if (button.name === "brett") {
    const isFolded = form.closest(".col").classList.toggle("is-folded");
    button.setAttribute("aria-expanded", String(!isFolded));
    return;
  }
  const isCompact = board.classList.toggle("is-compact");
  button.setAttribute("aria-pressed", String(isCompact));
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches?.("form[data-look]")) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  apply(form, event.submitter);
  if (event.submitter.name === "tett") event.submitter.value = event.submitter.value === "1" ? "0" : "1";
  try {
    await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
  } catch {
    // Not remembered, then; the board looks as it was asked to.
  }
});
