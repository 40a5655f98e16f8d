// The screen around the form: what a device knows in place of the server, and the word that a
// visit is saved.
import { kept } from "./visits-store.js";

const form = document.getElementById("visit");
const saved = document.querySelector("[data-saved]");

function tellCoverage(has) {
  for (const one of document.querySelectorAll("[data-no-coverage]")) one.hidden = has;
  for (const one of document.querySelectorAll("[data-coverage]")) one.hidden = !has;
}
addEventListener("online", () => tellCoverage(true));
addEventListener("offline", () => tellCoverage(false));
if (!navigator.onLine) tellCoverage(false);

export function finished({ is, href, idea }, visit) {
  const holds = new Set([is === "sent" ? "sent" : "kept", is === "sign_in" ? is : "", idea ? "idea" : ""]);
  for (const one of saved.querySelectorAll("[data-when]")) one.hidden = !holds.has(one.dataset.when);
  if (href) saved.querySelector("[data-open-visit]").href = href;
  if (idea) saved.querySelector("[data-open-idea]").href = idea;
  saved.querySelector("[data-saved-company]").textContent = visit.label.company;
  const isNew = saved.hidden;
  form.hidden = true;
  saved.hidden = false;
  if (!isNew) return;
  saved.querySelector("h2:not([hidden])").id = "saved-title";
  saved.focus();
  scrollTo({ top: 0 });
}

export function onAnother(act) {
  saved.querySelector("[data-another]").addEventListener("click", () => {
    saved.hidden = true;
    form.hidden = false;
    act();
    scrollTo({ top: 0 });
    form.querySelector("[name='company_id'], #company").focus();
  });
}

// The page that was kept without any names gets those of the device.
export async function drawPeople(pick, me) {
  const device = await kept("device");
  const shell = document.querySelector("[data-shell]");
  if (!shell) return;
  const isKnown = Boolean(me && device);
  shell.querySelector("[data-nobody]").hidden = isKnown;
  shell.querySelector("[data-somebody]").hidden = !isKnown;
  const who = shell.querySelector("[data-who]");
  who.textContent = isKnown ? who.dataset.text.replace("{name}", me.name) : "";
  if (!isKnown) return;
  fill("offers", device.offered.map((id) => offerOf(pick, device, id)));
  fill("colleagues", device.colleagues.map(([id, name]) => pick.chip("checkbox", "colleague_ids", id, name)));
  form.querySelector("[data-colleagues-part]").hidden = !device.colleagues.length;
  const { region } = form.elements;
  region.replaceChildren(...device.regions.map(([id, name]) => new Option(name, id)));
  form.querySelector("[data-region-part]").hidden = device.regions.length < 2;
  const people = device.colleagues.map(([id, name]) => new Option(name, id));
  for (const select of form.querySelectorAll("[data-people]")) {
    select.append(...people.map((one) => one.cloneNode(true)));
  }
}

const fill = (name, rows) => form.querySelector(`[data-${name}]`).replaceChildren(...rows);

function offerOf(pick, device, id) {
  const [, name, place] = device.companies.find(([number]) => number === id);
  return pick.chip("radio", "company_id", id, name, place);
}
