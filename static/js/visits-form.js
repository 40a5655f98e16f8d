// Log a visit: what is saved lies on the device first, and is sent from there. Whether there is
// coverage makes no other difference than what the person is told.
import { ask } from "./visits-ask.js";
import { forgetDraft, keepDraft, onDiscard, storedDraft, tellDraft } from "./visits-draft.js";
import { entry } from "./visits-entry.js";
import { fateOf } from "./visits-fate.js";
import * as fields from "./visits-fields.js";
import { drawUnsent } from "./visits-list.js";
import { drawPeople, finished, onAnother } from "./visits-screen.js";
import { putVisit, removeVisit, whoAmI, wipeWhenOld } from "./visits-store.js";
import { acrossTabs } from "./visits-tabs.js";

const form = document.getElementById("visit");
const wasRefused = Boolean(form.querySelector(".ds-error-summary")); // as a plain form
const { pick, preset, content, show, blank, part } = entry(form);
const save = form.querySelector("[data-save]");
let me = null;
let last = null; // the visit that the person was told is kept

const now = () => new Date().toISOString();
const keepIt = () => keepDraft(me, content(), preset);
const tabs = acrossTabs({ content, part, follow, keepIt });
const stash = (draft) => putVisit({ ...draft, user: me.id, written: now(), state: "draft" });

async function submit() {
  const wrong = fields.lacking(form);
  fields.showErrors(form, wrong);
  if (Object.keys(wrong).length) return;
  const visit = { ...content(), user: me.id, written: now() };
  try {
    await putVisit({ ...visit, state: "waiting" });
  } catch {
    fields.showErrors(form, { "": form.dataset.lost });
    return;
  }
  await forgetDraft(me);
  await follow(visit);
}

async function follow(visit) {
  const fate = await fateOf(visit.key);
  if (fate.is === "refused") {
    show({ ...visit, errors: fate.visit.errors });
    await keepIt();
    await removeVisit(fate.visit.nth);
    return;
  }
  if (fate.is !== "sent") navigator.storage?.persist?.(); // not to be thrown out for want of room
  last = visit;
  tabs.finished();
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
  if (preset && fields.valueOf(draft.fields, "company_id") !== preset) {
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
  form.addEventListener("input", tabs.typed);
  form.addEventListener("change", tabs.typed);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (save.ariaBusy) return;
    save.ariaBusy = "true";
    await submit().finally(() => (save.ariaBusy = null));
  });
  fields.heedEnter(form);
  document.addEventListener("editvisit", edit);
  onAnother(() => (last = null));
  onDiscard(async () => {
    if ((await ask("ask-discard")) !== "discard") return;
    await forgetDraft(me);
    blank();
  });
}

begin();
