// A button that copies the field that it names, and says so.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    document.dispatchEvent(new CustomEvent("say", { detail: button.dataset.copied }));
  } catch {
    // Selected all the same: Ctrl+C does it.
  }
});
