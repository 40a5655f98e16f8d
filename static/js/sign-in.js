// Signs in again where one stands: the same person, by the program's own form, and what was on
// its way goes on. In another tab will do as well.
import { back } from "./connection.js";

const box = document.getElementById("sign-in");
const form = box?.querySelector("form");
const person = () => document.body.dataset.person;
const expired = document.querySelector("#offline [data-offline='expired']");

document.addEventListener("signinexpired", ({ detail: { isAsked } }) => isAsked && open());
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-sign-in]")) open();
  if (target.closest?.("[data-sign-in-close]")) box.close();
});

function open() {
  if (!box || box.open) return;
  tell("");
  box.showModal();
  form.elements.password.focus();
}

const read = (text) => new DOMParser().parseFromString(text, "text/html");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  form.setAttribute("aria-busy", "true");
  try {
    await signIn();
  } catch {
    tell(form.dataset.lost);
  }
  form.removeAttribute("aria-busy");
});

async function signIn() {
  const page = read(await (await fetch("/logg-inn", { cache: "no-store" })).text());
  const token = page.querySelector("[name='csrf_token']")?.value;
  // Without a form somebody is signed in already, in another tab.
  if (token) {
    const body = new URLSearchParams(new FormData(form));
    body.set("csrf_token", token);
    const answer = await fetch("/logg-inn", { method: "POST", body });
    if (!answer.redirected) {
      tell(read(await answer.text()).querySelector(".error, [role='alert'] li")?.textContent.trim() ?? form.dataset.failed);
      return;
    }
  }
  const who = await renew();
  // Asked for more than a password: that is answered in a tab of its own.
  if (who !== "me") tell(who ? form.dataset.other : form.dataset.failed);
}

// The forms of this page take over the new token, if it is the same person's.
async function renew() {
  const answer = await fetch("/", { cache: "no-store" });
  const { body } = read(await answer.text());
  if (!answer.ok || !body.dataset.person) return null;
  if (body.dataset.person !== person()) return "another";
  const name = "hx-headers:inherited";
  document.body.setAttribute(name, body.getAttribute(name));
  const token = JSON.parse(body.getAttribute(name))["X-CSRFToken"];
  for (const field of document.querySelectorAll("[name='csrf_token']")) field.value = token;
  form.elements.password.value = "";
  box.close();
  back();
  return "me";
}

function tell(text) {
  const error = box.querySelector("[data-error]");
  error.textContent = text;
  error.hidden = !text;
  if (text) form.elements.password.select();
}

const look = () => !document.hidden && expired && !expired.hidden && !expired.parentElement.hidden && renew();
document.addEventListener("visibilitychange", look);
window.addEventListener("focus", look);
