// What happens when the server cannot be reached or the sign-in has run out: a banner, and
// whatever was typed stays where it is. What was on its way is sent again by itself (resend.js).
import { after, hold, isWaiting, sendAgain } from "./resend.js";

const EVERY = 3000;
const banner = document.getElementById("offline");
const home = banner.nextElementSibling;
const box = document.getElementById("toasts");
const BETWEEN = new Set([502, 503, 504]); // said by a machine between, while the server starts
let timer = 0;

const shown = () => [...banner.querySelectorAll("[data-offline]")].find((one) => !one.hidden);

export function show(which) {
  for (const text of banner.querySelectorAll("[data-offline]")) {
    text.hidden = text.dataset.offline !== which;
  }
  banner.hidden = !which;
  put();
  clearInterval(timer);
  if (which === "lost") timer = setInterval(look, EVERY);
}

// Over an open dialog nothing else is seen, so the banner goes into it.
function put() {
  const top = [...document.querySelectorAll("dialog[open]:not(#sign-in)")].at(-1);
  if (top && !banner.hidden) top.prepend(banner);
  else home.before(banner);
}
document.addEventListener("boxclosed", put);

async function look() {
  try {
    const { ok } = await fetch("/healthz", { cache: "no-store" });
    if (ok) back();
  } catch {
    // Not yet.
  }
}

// There is contact again, and one is signed in: what was held goes on its way.
export function back() {
  if (!banner.hidden) show(null);
  sendAgain();
}

function lose(ctx) {
  const isForm = hold(ctx);
  show("lost");
  const detail = isForm ? box.dataset.waits : box.dataset.lost;
  if (ctx.request.method !== "GET") document.dispatchEvent(new CustomEvent("say", { detail }));
}

document.addEventListener("htmx:error", ({ detail: { ctx, error } }) => {
  if (ctx && !ctx.response && error?.name !== "AbortError") lose(ctx);
});

document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const { status, redirected, url, headers } = ctx.response.raw;
  const isPoll = ctx.sourceElement?.hasAttribute?.("hx-trigger") && ctx.request.method === "GET";
  if (status === 401 || (redirected && new URL(url).pathname === "/logg-inn")) {
    event.preventDefault();
    hold(ctx);
    show("expired");
    document.dispatchEvent(new CustomEvent("signinexpired", { detail: { isAsked: !isPoll } }));
  } else if (BETWEEN.has(status)) {
    event.preventDefault();
    if (!isPoll || shown()) lose(ctx);
  } else if (headers.get("X-Once") === "done") {
    event.preventDefault();
    after(ctx);
    document.dispatchEvent(new CustomEvent("say", { detail: box.dataset.saved }));
  } else {
    after(ctx);
    if (isPoll && status >= 400) event.preventDefault(); // It asks again by itself.
    else if (!banner.hidden && shown()?.dataset.offline === "lost" && !isWaiting(ctx)) back();
  }
});

window.addEventListener("offline", () => show("lost"));
window.addEventListener("online", look);
