// What happens when the server cannot be reached or the sign-in has run out: a banner, and
// whatever was typed stays where it is.
const banner = document.getElementById("offline");
const lost = document.getElementById("toasts").dataset.lost;

function show(which) {
  banner.hidden = !which;
  for (const text of banner.querySelectorAll("[data-offline]")) {
    text.hidden = text.dataset.offline !== which;
  }
}

// Signed in again in another tab: the forms of this page take over the new token.
async function renew() {
  if (document.hidden || banner.querySelector("[data-offline='expired']").hidden) return;
  const answer = await fetch("/");
  if (answer.redirected || !answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  const name = "hx-headers:inherited";
  document.body.setAttribute(name, fresh.getAttribute(name));
  const token = JSON.parse(fresh.getAttribute(name))["X-CSRFToken"];
  for (const field of document.querySelectorAll("[name='csrf_token']")) field.value = token;
  show(null);
}
document.addEventListener("visibilitychange", renew);
window.addEventListener("focus", renew);

const isPoll = (ctx) => ctx.sourceElement?.id === "poll";

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx || ctx.response) return;
  show("lost");
  if (ctx.request.method !== "GET") document.dispatchEvent(new CustomEvent("say", { detail: lost }));
});

document.addEventListener("htmx:before:response", (event) => {
  const { ctx } = event.detail;
  const { status, redirected, url } = ctx.response.raw;
  const isExpired = status === 401 || (redirected && new URL(url).pathname === "/logg-inn");
  if (isExpired) {
    event.preventDefault();
    show("expired");
  } else if (isPoll(ctx) && status >= 400) {
    event.preventDefault(); // It asks again by itself; nobody needs to hear of it.
  } else if (!banner.hidden) {
    show(null);
  }
});

window.addEventListener("offline", () => show("lost"));
window.addEventListener("online", () => show(null));
