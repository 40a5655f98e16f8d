// On every page: how many visits wait on this device, sending them when there is coverage, and
// what the device keeps for the time without.
import { guardSignOut } from "./visits-leave.js";
import { send } from "./visits-send.js";
import { forget, keep, kept, listVisits, whoAmI, wipeWhenOld } from "./visits-store.js";

const FRESH = 15 * 60 * 1000; // ms for which companies and contacts are not asked for again
const FIRST_PAUSE = 4000;
const LONGEST_PAUSE = 5 * 60 * 1000;
const badge = document.querySelector("[data-unsent]");
const say = document.querySelector("[data-unsent-say]");
let pause = FIRST_PAUSE;
let timer;
let outcome = "";
let shown = 0;
let isOld = false; // something was sent since what the device keeps was asked for
const { user } = document.body.dataset;

const words = (n) => (n === 1 ? badge.dataset.one : badge.dataset.many.replace("{n}", n));

async function draw() {
  if (!badge) return; // a page without a head, such as that for a new password
  const me = await whoAmI();
  const all = await listVisits();
  const number = (me ? all.filter((visit) => visit.user === me.id) : all).length;
  const isOut = badge.closest(".unsent-bar");
  const mustSignIn = number > 0 && (outcome === "sign_in" || !me || isOut);
  const { signIn, short } = badge.dataset;
  badge.hidden = number === 0;
  badge.classList.toggle("is-locked", mustSignIn);
  badge.href = mustSignIn ? "/logg-inn?next=/besok/logg" : "/besok/logg#usendte";
  badge.querySelector("[data-unsent-n]").textContent = number;
  badge.querySelector("[data-unsent-text]").textContent = mustSignIn ? (isOut ? signIn : short) : "";
  badge.setAttribute("aria-label", words(number) + (mustSignIn ? `. ${signIn}` : ""));
  badge.title = words(number);
  if (number !== shown) say.textContent = number ? words(number) : badge.dataset.sent;
  shown = number;
}

// Now, and again after a growing pause as long as something waits.
async function attempt() {
  clearTimeout(timer);
  outcome = await send();
  document.dispatchEvent(new CustomEvent("visitsoutcome", { detail: outcome }));
  await draw();
  if (isOld) refresh().catch(() => {}); // with the companies and people that were new
  if (outcome === "sent") return;
  clearTimeout(timer); // somebody else may have set it meanwhile
  timer = setTimeout(attempt, pause * (0.75 + Math.random() / 2));
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

function soon() {
  pause = FIRST_PAUSE;
  attempt();
}

// Companies and contacts of my regions. The tag lies here too: no cache of the browser has any.
async function refresh() {
  const me = await whoAmI();
  if (!user) return;
  const isMine = (await kept("device"))?.user.id === me.id;
  if (isMine && !isOld && !(await kept("old")) && Date.now() - ((await kept("seen")) ?? 0) < FRESH) return;
  isOld = false;
  const headers = isMine ? { "If-None-Match": (await kept("etag")) ?? "" } : {};
  const answer = await fetch("/besok/enhet.json", { headers, cache: "no-store", redirect: "manual" });
  if (answer.status !== 304) {
    if (!answer.ok) return;
    const device = await answer.json();
    await keep("device", device);
    await keep("etag", answer.headers.get("ETag"));
    await keep("me", device.user);
    document.dispatchEvent(new CustomEvent("devicechanged"));
  }
  await keep("seen", Date.now());
  await forget("old");
}

async function begin() {
  await wipeWhenOld();
  if (user && ((await kept("me"))?.id ?? Number(user)) !== Number(user)) {
    for (const name of ["me", "device", "etag", "seen", "old"]) await forget(name);
  }
  await draw();
  document.addEventListener("visitschanged", ({ detail }) => {
    if (detail.sent) {
      isOld = true;
      keep("old", true); // also for the next page, if this one is left before it has asked
    }
    draw();
  });
  document.addEventListener("sendvisits", soon);
  addEventListener("online", soon);
  document.addEventListener("visibilitychange", () => document.hidden || soon());
  refresh().catch(() => {}); // without contact the device keeps what it has
  await attempt();
}

// In the language of whoever signs in; before that, in the one that is there.
async function install() {
  if (!user && (await navigator.serviceWorker.getRegistration())) return;
  await navigator.serviceWorker.register(`/sw.js?sprak=${document.documentElement.lang}`);
}

if (navigator.serviceWorker) install().catch(() => {});
guardSignOut();
begin();
