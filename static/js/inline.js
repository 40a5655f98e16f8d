// Fields of an idea that are edited where they stand: a click on one opens it, Escape leaves it as
// it was. Without script the pencil beside each is a plain link.
let back = null; // the field whose pencil gets the focus again
let opened = null; // the field that got the focus when it came: what others change takes none

document.addEventListener("click", (event) => {
  const slot = event.target.closest?.("[data-slot]");
  if (!slot || event.target.closest("a, button, input, textarea, select, label, form")) return;
  if (String(getSelection())) return;
  slot.querySelector(":scope > .edit")?.click();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const form = event.target.closest?.("form[data-inline]");
  if (!form || form.querySelector(".mention-list")) return;
  // Not the dialog around it: that closes with the next one.
  event.preventDefault();
  event.stopPropagation();
  back = form.closest(".slot")?.querySelector("[name]:not([type=hidden])")?.name ?? null;
  form.querySelector("[data-cancel]").click();
}, true);

document.addEventListener("htmx:after:swap", () => {
  const field = document.querySelector("[data-inline] [autofocus]");
  const isNew = field !== opened;
  opened = field;
  if (field && isNew && !field.closest("form").contains(document.activeElement)) field.focus();
  const name = back;
  back = null;
  // Behind whatever else gives the focus a place after a swap.
  if (name) setTimeout(() => document.querySelector(`#idea .edit[href$="/felt/${name}"]`)?.focus(), 60);
});
