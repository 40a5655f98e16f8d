// Waits to see what becomes of a visit that was just saved: sent, refused with its reasons, or
// kept on the device for want of an answer.
import { listVisits } from "./visits-store.js";

const WAIT = 8000;
const TRIES = 4; // to have it sent, when all is said to be sent and it waits all the same
const LEFT = new Set(["sign_in", "unreachable"]);

export function fateOf(key) {
  return new Promise((resolve) => {
    const stop = new AbortController();
    let tries = 0;
    const done = (is, more = {}) => {
      stop.abort();
      clearTimeout(timer);
      resolve({ is, ...more });
    };
    const timer = setTimeout(done, WAIT, "kept");
    const again = () => document.dispatchEvent(new CustomEvent("sendvisits"));
    const find = async () => (await listVisits()).find((visit) => visit.key === key);

    async function changed({ detail }) {
      if (detail.sent === key) return done("sent", detail);
      const visit = await find();
      if (visit?.state === "refused") done("refused", { visit });
    }
    async function tried({ detail: outcome }) {
      if (LEFT.has(outcome)) done(outcome);
      else if (outcome === "sent" && (await find())?.state === "waiting") {
        // It was saved when the sending of others was just ending; or somebody else has signed in.
        tries += 1;
        if (tries < TRIES) setTimeout(again, 100 * tries);
        else done("sign_in");
      }
    }
    document.addEventListener("visitschanged", changed, stop);
    document.addEventListener("visitsoutcome", tried, stop);
    again();
  });
}
