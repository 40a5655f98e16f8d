// On a phone: one column per screen, tabs above that follow the finger and carry the counts.
const tabs = document.querySelector("[data-tabs]");
const board = document.getElementById("board");
const tabOf = (id) => tabs.querySelector(`[href="#${id}"]`);

tabs.addEventListener("click", (event) => {
  const tab = event.target.closest("a");
  if (!tab) return;
  event.preventDefault();
  const column = document.querySelector(tab.getAttribute("href"));
  board.scrollTo({ left: column.offsetLeft - board.offsetLeft, behavior: "smooth" });
});

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) choose(tabOf(target.id));
  },
  { root: board, threshold: 0.6 },
);

function choose(tab) {
  if (tab.ariaCurrent === "true") return;
  tabs.querySelector("[aria-current]")?.removeAttribute("aria-current");
  tab.setAttribute("aria-current", "true");
  tabs.scrollTo({ left: tab.offsetLeft - tabs.clientWidth / 3, behavior: "smooth" });
}

function count() {
  for (const badge of tabs.querySelectorAll("[data-n]")) {
    const count = document.querySelector(`#h${badge.dataset.n} [data-count]`);
    if (count) badge.textContent = Number(count.dataset.count).toLocaleString(document.documentElement.lang);
  }
}

if (getComputedStyle(tabs).display !== "none") {
  for (const column of board.querySelectorAll(".col")) seen.observe(column);
}
document.body.addEventListener("boardchanged", count);
document.addEventListener("htmx:after:swap", count);
