// Signing out with visits that are not sent asks first; then all that lies on the device goes.
import { ask } from "./visits-ask.js";
import { send } from "./visits-send.js";
import { draftOf, kept, leave, listVisits, whoAmI } from "./visits-store.js";

const unsent = async (me) => (await listVisits()).filter((visit) => visit.user === me.id);

async function mayLeave(me) {
  let isTried = false;
  for (;;) {
    const visits = await unsent(me);
    if (!visits.length && !(await kept(draftOf(me.id)))) return true;
    const choice = await ask("ask-leave", (form) => {
      const count = form.querySelector("[data-n]");
      count.textContent = count.dataset[visits.length === 1 ? "one" : "many"].replace("{n}", visits.length);
      count.hidden = !visits.length;
      form.querySelector("[data-draft]").hidden = visits.length > 0;
      form.querySelector("[value='send']").hidden = !visits.length;
      form.querySelector("[data-failed]").hidden = !isTried;
    });
    if (choice !== "send") return choice === "discard";
    await send();
    isTried = true;
  }
}

export function guardSignOut() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.getAttribute("action") !== "/logg-ut" || "mayGo" in form.dataset) return;
    event.preventDefault();
    try {
      const me = await whoAmI();
      if (!(await mayLeave(me))) return;
      await leave(me.id);
    } catch {
      // A browser without a place to keep things keeps nothing that could be lost.
    }
    form.dataset.mayGo = "";
    form.requestSubmit();
  });
}
