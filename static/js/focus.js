// Whoever uses keys alone keeps their place: where what had the focus is drawn anew, the focus
// goes to the same button or field of the new page, or else to the heading above it; from a hit that
// is found no more to the words that are searched.
let last = null;

const isNowhere = (one) => !one || one === document.body || one.matches("dialog, html");

// What tells a button from the others, also when it has been drawn anew.
export function mark(one) {
  if (isNowhere(one)) return null;
  const box = one.closest("dialog, main");
  const words = one.matches("a, button, summary") ? one.textContent.trim() : "";
  const { id, name } = one;
  return { one, box, id, name, words, href: one.getAttribute("href"), action: one.form?.getAttribute("action") };
}

export function find(place) {
  if (!place) return null;
  if (place.one.isConnected) return place.one;
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
  const inside = all.filter((one) => !place.box?.isConnected || place.box.contains(one));
  const same = [
    (one) => place.id && one.id === place.id,
    (one) => place.href && one.getAttribute("href") === place.href && one.textContent.trim() === place.words,
    (one) => place.action && one.form?.getAttribute("action") === place.action && one.name === place.name && one.type !== "hidden",
    (one) => place.name && one.name === place.name && one.type !== "hidden",
    (one) => place.words && one.textContent.trim() === place.words,
  ];
  for (const is of same) {
    const found = inside.find((one) => is(one) && one.checkVisibility() && !one.disabled);
    if (found) return found;
  }
  return null;
}

document.addEventListener("focusin", ({ target }) => {
  if (!isNowhere(target) && !target.closest("#toasts")) last = mark(target);
});

// After every swap, when scripts that know better have had their say.
document.addEventListener("htmx:after:swap", () => setTimeout(keep));
document.addEventListener("boxclosed", () => setTimeout(keep, 0, true));

export function keep(isClosed = false) {
  if (!isNowhere(document.activeElement) || !last) return;
  const top = [...document.querySelectorAll("dialog[open]")].at(-1);
  // dialog.js knows its opener, and comes to it once the box says that it is closed.
  if (last.box?.matches("dialog") && !last.box.open && !(isClosed && top)) return;
  const found = find(last);
  if (found && (!top || top.contains(found))) return void found.focus({ preventScroll: true });
  (top ?? document).querySelector("[data-dialog-title], [data-search-box] input, h1[tabindex]")?.focus({ preventScroll: true });
}
