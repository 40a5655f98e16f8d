// The bar of select mode: what is done with the cards that were taken, all of a column, the way in
// and out. The server opens the dialog and answers with the cards that changed.
import { bar, begin, cardsOf, chosen, dress, end, isOn, lists, takeAll } from "./select.js";

// All of a column, also what has not been loaded: the page that lists them tells which they are.
async function wholeColumn(button) {
  const list = document.getElementById(`c${button.dataset.all}`);
  let ids = cardsOf(list).map((card) => card.dataset.id);
  if (list.parentElement.querySelector(".more")) {
    const path = document.querySelector("[data-select]").getAttribute("href");
    const answer = await fetch(`${path}&fase=${button.dataset.all}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    ids = [...page.querySelectorAll("[name='ider']")].map((box) => box.value);
  }
  takeAll(ids, !ids.every((id) => chosen.has(id)));
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-select-end]")) return end();
  const all = event.target.closest?.("[data-all]");
  if (all) return void wholeColumn(all);
  const deed = event.target.closest?.("[data-deed]")?.dataset.deed;
  if (deed) {
    const ids = [...chosen].join(",");
    const path = `/ideer/mange/${deed}?region=${bar.dataset.region}&ider=${ids}`;
    htmx.ajax("GET", path, { target: "#dialog", swap: "innerHTML" });
  }
  const link = event.target.closest?.("[data-select]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (isOn()) end();
  else begin();
});

// Cards that are drawn anew or loaded later get their boxes.
const seen = new MutationObserver((changes) => {
  if (!isOn()) return;
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) if (node.matches?.(".card")) dress(node);
  }
});
for (const list of lists()) seen.observe(list, { childList: true });

document.addEventListener("boardnarrowed", () => isOn() && end());
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const isDone = ctx.response?.status === 200 && ctx.request?.method === "POST";
  if (isDone && ctx.sourceElement?.matches?.("form[data-many]")) end();
});
