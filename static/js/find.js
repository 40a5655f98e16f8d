// Narrows and sorts the board while somebody types or chooses: only cards, counts and chips are
// drawn anew, and the address follows, so that it can be shared. Back takes back a choice; typing
// leaves no steps.
const WAIT = 200;
const bar = document.querySelector("[data-find]");
const words = bar.querySelector("[data-search]");
const menu = bar.querySelector("[data-filter-menu]");
const box = document.getElementById("filter-box");
let shown = location.search;
let timer = 0;

// What the address asks for with other values of one field; what is empty has no place in it.
function having(name, values) {
  const asked = new URLSearchParams(location.search);
  if (!asked.has("region") && bar.dataset.find) asked.set("region", bar.dataset.find);
  for (const one of [name, "alle"]) asked.delete(one);
  for (const value of values) if (value.trim()) asked.append(name, value.trim());
  const narrows = [...asked.keys()].some((key) => key !== "region");
  if (!narrows && "default" in bar.dataset) asked.set("alle", "1");
  return `?${asked}`;
}

function show(search) {
  clearTimeout(timer);
  shown = search;
  document.dispatchEvent(new CustomEvent("boardnarrowed"));
  htmx.ajax("GET", `/${search}`, { source: "#board", target: "#board", swap: "none" });
}

function go(search, isStep = true) {
  if (search === shown) return;
  history[isStep ? "pushState" : "replaceState"](null, "", `/${search}`);
  show(search);
}

const follow = () => go(having("q", [words.value]), false);
const fill = () => (words.value = new URLSearchParams(location.search).get("q") ?? "");

words.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(follow, WAIT);
});
bar.addEventListener("change", ({ target }) => {
  const form = target.closest("[data-filter-form]");
  if (form && target.name) go(having(target.name, new FormData(form).getAll(target.name)));
});
bar.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.matches("[role='search']")) follow();
});
bar.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-narrow]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  // The link is drawn anew, or gone: focus stays beside it.
  document.getElementById("filter").focus();
  go(new URL(link.href).search);
  fill();
});
menu.addEventListener("toggle", () => {
  if (!menu.open) return;
  const path = `/tavle/filter${having("q", [words.value])}`;
  htmx.ajax("GET", path, { source: "#filter-box", target: "#filter-box", swap: "innerHTML" });
});
window.addEventListener("popstate", () => {
  if (location.pathname !== "/" || location.search === shown) return;
  menu.open = false;
  fill();
  show(location.search);
});

// A long list gets a field to search in it.
new MutationObserver(() => {
  for (const list of box.querySelectorAll("select[data-long]")) {
    const all = [...list.options];
    const field = document.createElement("input");
    field.type = "search";
    field.placeholder = list.dataset.long;
    field.setAttribute("aria-label", `${list.dataset.long}: ${list.labels[0].textContent}`);
    field.addEventListener("input", () => {
      const word = field.value.trim().toLowerCase();
      const fits = (one) => !one.value || one.selected || one.text.toLowerCase().includes(word);
      list.replaceChildren(...all.filter(fits));
    });
    list.before(field);
    delete list.dataset.long;
  }
}).observe(box, { childList: true });
