// Log a visit: what is saved lies on the device first, and is sent from there. Whether there is
// coverage makes no other difference than what the person is told.
import { ask } from "./visits-ask.js";
import { forgetDraft, keepDraft, onDiscard, storedDraft, tellDraft } from "./visits-draft.js";
import { fateOf } from "./visits-fate.js";
import * as fields from "./visits-fields.js";
import { drawUnsent } from "./visits-list.js";
import { picker } from "./visits-pick.js";
import { promises } from "./visits-promises.js";
import { drawPeople, finished, onAnother } from "./visits-screen.js";
import { putVisit, removeVisit, whoAmI, wipeWhenOld } from "./visits-store.js";

const form = document.getElementById("visit");
const wasRefused = Boolean(form.querySelector(".ds-error-summary")); // as a plain form
const pick = picker(form);
const rows = promises(form);
const preset = pick.chosen()?.value ?? "";
const save = form.querySelector("[data-save]");
let me = null;
let key = null; // of the visit that is put right; a new one gets a new one
let last = null; // the visit that the person was told is kept

function content() {
  const kind = form.querySelector("[name='kind']:checked").parentElement.textContent.trim();
  const company = form.elements.company.value.trim() || pick.nameOfChosen();
  const label = { company, kind, day: form.elements.occurred_on.value };
  return { key, fields: fields.read(form), label };
}

function show(draft) {
  key = draft.key ?? null;
  fields.fill(form, draft.fields);
  const company = fields.valueOf(draft.fields, "company_id");
  if (company && !fields.valueOf(draft.fields, "company")) pick.choose(company, draft.label.company);
  pick.showContacts(fields.valuesOf(draft.fields, "contact_ids"));
  pick.tick("colleagues", fields.valuesOf(draft.fields, "colleague_ids"));
  rows.fill(draft.fields);
  fields.openFilled(form);
  fields.showErrors(form, draft.errors ?? {});
}

function blank() {
  key = null;
  form.reset();
  form.elements.occurred_on.value = fields.day();
  rows.fill([]);
  pick.showContacts();
  fields.showErrors(form, {});
}

const now = () => new Date().toISOString();
const keepIt = () => keepDraft(me, content(), preset);
const stash = (draft) => putVisit({ ...draft, user: me.id, written: now(), state: "draft" });

async function submit() {
  const wrong = fields.lacking(form);
  fields.showErrors(form, wrong);
  if (Object.keys(wrong).length) return;
  const visit = { ...content(), key: key ?? crypto.randomUUID(), user: me.id, written: now() };
  try {
    await putVisit({ ...visit, state: "waiting" });
  } catch {
    fields.showErrors(form, { "": form.dataset.lost });
    return;
  }
  await forgetDraft(me);
  const fate = await fateOf(visit.key);
  if (fate.is === "refused") {
    key = visit.key;
    await keepIt();
    await removeVisit(fate.visit.nth);
    fields.showErrors(form, fate.visit.errors);
    return;
  }
  last = visit;
  finished(fate, visit);
  blank();
}

async function edit({ detail: visit }) {
  const typed = content();
  if (!form.hidden && fields.isTouched(typed.fields, preset)) await stash(typed);
  document.querySelector("[data-saved]").hidden = true;
  form.hidden = false;
  show(visit);
  await keepIt();
  await removeVisit(visit.nth);
  (form.querySelector(".ds-error-summary") ?? form.elements.about).focus();
}

// A draft about another company than the one that the page was opened for waits in the list.
async function restore() {
  const draft = await storedDraft(me);
  if (!draft || wasRefused) return;
  const company = fields.valueOf(draft.fields, "company_id");
  if (preset && company !== preset) {
    await stash(draft);
    await forgetDraft(me);
  } else {
    show(draft);
    tellDraft(draft);
  }
}

async function begin() {
  form.noValidate = true;
  await wipeWhenOld();
  me = await whoAmI();
  await pick.load();
  await drawPeople(pick, me);
  await drawUnsent(me);
  document.addEventListener("visitschanged", ({ detail }) => {
    drawUnsent(me);
    if (last && detail.sent === last.key) finished({ is: "sent", ...detail }, last);
  });
  document.addEventListener("devicechanged", () => pick.load());
  if (!me) return;
  if (!form.elements.occurred_on.value) form.elements.occurred_on.value = fields.day();
  if (matchMedia("(min-width: 64rem)").matches) {
    for (const part of form.querySelectorAll("[data-part]")) part.open = true;
  }
  await restore();
  listen();
  form.dataset.ready = "";
}

function listen() {
  form.addEventListener("input", keepIt);
  form.addEventListener("change", keepIt);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (save.ariaBusy) return;
    save.ariaBusy = "true";
    await submit().finally(() => (save.ariaBusy = null));
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    if (event.ctrlKey || event.metaKey) form.requestSubmit();
    // A phone's "done" key is no decision that the visit is written.
    if (event.target.matches("input")) event.preventDefault();
  });
  document.addEventListener("editvisit", edit);
  onAnother(() => (last = null));
  onDiscard(async () => {
    if ((await ask("ask-discard")) !== "discard") return;
    await forgetDraft(me);
    blank();
  });
}

begin();
