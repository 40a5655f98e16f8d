// Narrows the board while somebody types or chooses: only cards and counts are drawn anew, and the
// address follows, so that it can be shared. Back takes back a choice; typing leaves no steps.
const WAIT = 200;
const form = document.querySelector("form[data-find]");
let shown = location.search;
let timer = 0;

// An empty choice has no place in an address.
function asked() {
  const fields = [...new FormData(form)].filter(([, value]) => value.trim());
  return fields.length ? `?${new URLSearchParams(fields)}` : "";
}

function show(search) {
  clearTimeout(timer);
  shown = search;
  document.dispatchEvent(new CustomEvent("boardnarrowed"));
  htmx.ajax("GET", `/${search}`, { source: "#board", target: "#board", swap: "none" });
}

function follow() {
  if (asked() === shown) return;
  history.replaceState(null, "", `/${asked()}`);
  show(asked());
}

form.addEventListener("input", ({ target }) => {
  clearTimeout(timer);
  if (target.matches("[type='search']")) timer = setTimeout(follow, WAIT);
});
form.addEventListener("change", ({ target }) => {
  if (!target.matches("select")) return;
  history.pushState(null, "", `/${asked()}`);
  show(asked());
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  history.replaceState(null, "", `/${asked()}`);
  show(asked());
});
window.addEventListener("popstate", () => {
  if (location.pathname !== "/" || location.search === shown) return;
  const fields = new URLSearchParams(location.search);
  for (const field of form.querySelectorAll("select, [type='search']")) {
    field.value = fields.get(field.name) ?? "";
  }
  show(location.search);
});
