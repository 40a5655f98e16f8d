// Menus made of <details>: one open at a time, closed by Esc or a click elsewhere. Choice of
// colours. Forms that send themselves when a choice is made.
const root = document.documentElement;

const openMenus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  const scheme = event.target.closest?.("[data-scheme]");
  if (scheme) choose(scheme.dataset.scheme);
  const keys = event.target.closest?.("[data-keys-open]");
  if (keys) showKeys();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-autosubmit]");
  if (form && event.target.matches("select")) form.requestSubmit();
});

// An empty choice has no place in an address that is shared.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-autosubmit]")) return;
  for (const field of event.target.elements) if (!field.value) field.disabled = true;
});

function choose(scheme) {
  root.dataset.colorScheme = scheme;
  try {
    if (scheme === "auto") localStorage.removeItem("scheme");
    else localStorage.setItem("scheme", scheme);
  } catch {
    // Not remembered, then.
  }
  mark();
}

function mark() {
  for (const button of document.querySelectorAll("[data-scheme]")) {
    button.setAttribute("aria-pressed", button.dataset.scheme === root.dataset.colorScheme);
  }
}

function showKeys() {
  for (const menu of openMenus()) menu.open = false;
  const keys = document.getElementById("keys").content.cloneNode(true);
  document.getElementById("dialog").replaceChildren(keys);
}

// Paper is white, whatever the screen is.
window.addEventListener("beforeprint", () => {
  root.dataset.screen = root.dataset.colorScheme;
  root.dataset.colorScheme = "light";
});
window.addEventListener("afterprint", () => {
  root.dataset.colorScheme = root.dataset.screen;
});

// On every page, as it says itself.
document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (key !== "?" || ctrlKey || metaKey || altKey || document.querySelector("dialog[open]")) return;
  if (target.matches?.("input:not([type='checkbox']), textarea, select, [contenteditable]")) return;
  event.preventDefault();
  showKeys();
});

document.addEventListener("showkeys", showKeys);
mark();
