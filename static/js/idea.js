// The page of an idea, also when it lies over the board: drawn anew after its card was moved or a
// change was undone, and kept up with what others change. What is done on the page itself answers
// with the page.
import { find, mark } from "./focus.js";

const MOVED = /\/(flytt|angre)$/;
const EVERY = 2500;
const tags = new WeakMap(); // what is shown of an idea, by the name that the server gave it
let isAsking = false;

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const idea = document.getElementById("idea");
  const { response, request } = ctx;
  if (!idea || request.method === "GET" || response?.status !== 200) return;
  if (!MOVED.test(request.action)) return;
  htmx.ajax("GET", idea.dataset.href, { target: "#idea", swap: "outerHTML" });
});

setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);

async function ask() {
  const idea = document.querySelector("#idea:not(.is-preview)");
  if (!idea || document.hidden || isAsking || idea.querySelector(".htmx-request")) return;
  isAsking = true;
  try {
    const headers = { "HX-Request": "true", "If-None-Match": tags.get(idea) ?? "" };
    const answer = await fetch(idea.dataset.href, { headers, cache: "no-store", redirect: "manual" });
    if (answer.status !== 200 || !idea.isConnected) return;
    const fresh = document.createRange().createContextualFragment(await answer.text());
    const article = fresh.querySelector("#idea");
    if (article && take(idea, article)) tags.set(idea, answer.headers.get("ETag"));
  } catch {
    // No contact: it asks again.
  } finally {
    isAsking = false;
  }
}

// Put the parts that are different now in the place of the old ones; say whether all could be.
function take(idea, article) {
  const place = idea.contains(document.activeElement) ? mark(document.activeElement) : null;
  const old = new Map([...idea.children].map((part) => [keyOf(part), part]));
  let isWhole = true;
  let last = null;
  for (const part of [...article.children]) {
    const was = old.get(keyOf(part));
    old.delete(keyOf(part));
    const isOther = !was || !isSame(was, part);
    const isFree = !was || !isHeld(was);
    isWhole &&= !isOther || isFree;
    last = isOther && isFree ? put(part, was, last, idea) : was;
  }
  for (const gone of old.values()) {
    if (isHeld(gone)) isWhole = false;
    else gone.remove();
  }
  if (place && !place.one.isConnected) find(place)?.focus({ preventScroll: true });
  return isWhole;
}

function put(part, was, last, idea) {
  const folds = was ? [...was.querySelectorAll("details")].map((one) => one.open) : [];
  [...part.querySelectorAll("details")].forEach((one, nth) => (one.open = folds[nth] ?? one.open));
  if (was) was.replaceWith(part);
  else if (last) last.after(part);
  else idea.prepend(part);
  htmx.process(part);
  return part;
}

const keyOf = (part) => part.getAttribute("aria-labelledby") ?? part.getAttribute("aria-label") ?? part.className;

const wordsOf = (part) =>
  [part.textContent, ...[...part.querySelectorAll("[href], [action]")].map((one) => one.getAttribute("href") ?? one.getAttribute("action"))]
    .join(" ").replace(/\s+/g, " ");
const isSame = (one, other) => wordsOf(one) === wordsOf(other);

// Somebody writes there, or has written what is not saved.
const isHeld = (part) =>
  part.querySelector("form[data-inline]") !== null ||
  (part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) ||
  [...part.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue);
