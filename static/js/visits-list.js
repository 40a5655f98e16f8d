// The visits that wait on this device: what became of each, and the way back into the form.
import { ask } from "./visits-ask.js";
import { listVisits, removeVisit } from "./visits-store.js";

const part = document.querySelector("[data-unsent-part]");
const list = part.querySelector("[data-unsent-list]");
const others = part.querySelector("[data-of-others]");
const blank = document.getElementById("unsent-row").content.firstElementChild;
const { refused } = document.getElementById("visit").dataset;

export async function drawUnsent(me) {
  const all = await listVisits();
  const mine = all.filter((visit) => visit.user === me?.id);
  const number = all.length - mine.length;
  list.replaceChildren(...mine.map(row));
  list.hidden = !mine.length;
  others.hidden = !number;
  others.textContent = number === 1 ? others.dataset.one : others.dataset.many.replace("{n}", number);
  part.querySelector("[data-send-now]").hidden = !mine.some(({ state }) => state === "waiting");
  part.hidden = !all.length;
}

function row(visit) {
  const item = blank.cloneNode(true);
  item.querySelector("[data-company]").textContent = visit.label.company || "–";
  item.querySelector("[data-what]").textContent = [visit.label.kind, written(visit.label.day)].join(" · ");
  for (const tag of item.querySelectorAll("[data-state]")) tag.hidden = tag.dataset.state !== visit.state;
  const reasons = Object.values(visit.errors ?? {}).map((text) => {
    const reason = document.createElement("li");
    reason.textContent = typeof text === "number" ? refused.replace("{n}", text) : text;
    return reason;
  });
  item.querySelector("[data-reasons]").append(...reasons);
  // What may have arrived must not be changed: the server would keep what came first.
  const isFixed = visit.state === "waiting" && visit.isTried;
  item.querySelector("[data-edit]").hidden = isFixed;
  item.querySelector("[data-drop]").hidden = isFixed;
  item.querySelector("[data-edit]").addEventListener("click", () =>
    document.dispatchEvent(new CustomEvent("editvisit", { detail: visit })),
  );
  item.querySelector("[data-drop]").addEventListener("click", async () => {
    if ((await ask("ask-delete")) !== "delete") return;
    await removeVisit(visit.nth);
    (part.hidden ? document.getElementById("main") : part).focus();
  });
  return item;
}

const written = (day) => day.split("-").reverse().join(".");

part.querySelector("[data-send-now]").addEventListener("click", () =>
  document.dispatchEvent(new CustomEvent("sendvisits")),
);
