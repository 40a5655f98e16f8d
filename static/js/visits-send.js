// Sends what waits, one visit after the other. However often one is sent, the server stores it
// once: by the key that was made here. Only an answer of our own server takes one off the device,
// never the page that some network puts in its place.
import { listVisits, putVisit, removeVisit } from "./visits-store.js";

const PATIENCE = 20_000;
const REFUSED = new Set([403, 404, 413, 415]);
let running = null;

// Gives "sent", "sign_in" or "unreachable"; "busy" where another tab is at it.
export function send() {
  running ??= inTurn().finally(() => (running = null));
  return running;
}

async function inTurn() {
  if (!(await listVisits()).some((visit) => visit.state === "waiting")) return "sent";
  if (!navigator.locks) return drain();
  return navigator.locks.request("visits", { ifAvailable: true }, (lock) =>
    lock ? drain() : "busy",
  );
}

async function drain() {
  let who = await askWho();
  let isSecond = false; // a token may have gone with its session: it is asked for anew, once
  for (;;) {
    if (!who?.user) return who ? "sign_in" : "unreachable";
    const visit = (await listVisits()).find((one) => isNext(one, who.user.id));
    if (!visit) return "sent";
    const { status, told } = await post(visit, who.token);
    if (status === 200 || status === 201) await removeVisit(visit.nth, { sent: visit.key, ...told });
    else if (status === 422) await refuse(visit, told.errors);
    else if (REFUSED.has(status) || (status === 400 && isSecond)) await refuse(visit, { "": status });
    else if (status === 400) {
      isSecond = true;
      who = await askWho();
      continue;
    } else return status === 401 ? "sign_in" : "unreachable";
    isSecond = false;
  }
}

const isNext = (visit, user) => visit.state === "waiting" && visit.user === user;

const refuse = (visit, errors) => putVisit({ ...visit, state: "refused", errors });

const json = { Accept: "application/json" };

async function ask(path, options) {
  const answer = await fetch(path, {
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
    ...options,
  });
  const isOurs = answer.headers.get("Content-Type")?.startsWith("application/json");
  return { status: answer.status, told: isOurs ? await answer.json() : null };
}

async function askWho() {
  try {
    const { status, told } = await ask("/besok/tilgang.json", { headers: json });
    return status === 200 && told && "user" in told ? told : null;
  } catch {
    return null;
  }
}

async function post(visit, token) {
  // Once it may have arrived it must not be changed any more: the server keeps what came first.
  if (!visit.isTried) await putVisit({ ...visit, isTried: true });
  const body = new URLSearchParams(visit.fields);
  body.set("client_key", visit.key);
  body.set("written_at", visit.written);
  body.set("user_id", visit.user);
  try {
    const headers = { ...json, "X-CSRFToken": token };
    const answer = await ask("/besok", { method: "POST", headers, body });
    const isTold = answer.told && ("visit" in answer.told || "errors" in answer.told);
    return [200, 201, 422].includes(answer.status) && !isTold ? { status: 0 } : answer;
  } catch {
    return { status: 0 };
  }
}
