// Ctrl+K opens the search over everything; arrows go through what is found, Enter opens it.
const dialog = document.getElementById("dialog");

const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey;
const open = () => htmx.ajax("GET", "/sok", { target: "#dialog", swap: "innerHTML" });

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) open();
    return;
  }
  const box = event.target.closest?.("[data-search-box]");
  if (box && event.key === "Escape" && !event.isComposing) {
    // Away at once: left to itself a field with words in it is only emptied.
    event.preventDefault();
    box.closest("dialog").close();
    return;
  }
  if (!box || !["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const field = box.querySelector("input");
  const links = [...box.querySelectorAll(".found a")];
  if (event.key === "Enter") {
    // The best hit; without one the form leads to the page of the search.
    if (event.target !== field || !links.length || !box.querySelector(".found section")) return;
    event.preventDefault();
    links[0].click();
    return;
  }
  event.preventDefault();
  const stops = [field, ...links];
  const way = event.key === "ArrowDown" ? 1 : -1;
  stops[(stops.indexOf(event.target) + way + stops.length) % stops.length]?.focus();
});

// Whoever types on while a hit has focus goes on with the words.
dialog.addEventListener("keypress", (event) => {
  const box = event.target.closest("[data-search-box]");
  if (box && event.target.matches(".found a") && event.key.length === 1) {
    box.querySelector("input").focus();
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-search-open]");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  open();
});
