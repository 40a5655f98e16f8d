// What is typed is kept on each key, for each person apart, and comes back with the page.
import { isTouched } from "./visits-fields.js";
import { draftOf, forget, keep, kept } from "./visits-store.js";

const note = document.querySelector("[data-draft-note]");
const text = note.querySelector("[data-draft-text]");

export const storedDraft = (me) => kept(draftOf(me.id));

export async function keepDraft(me, draft, preset) {
  if (isTouched(draft.fields, preset)) await keep(draftOf(me.id), { ...draft, at: Date.now() });
  else await forget(draftOf(me.id));
}

export async function forgetDraft(me) {
  note.hidden = true;
  await forget(draftOf(me.id));
}

export function tellDraft(draft) {
  const when = new Date(draft.at).toLocaleString(document.documentElement.lang, {
    dateStyle: "short",
    timeStyle: "short",
  });
  text.textContent = text.dataset.text.replace("{when}", when);
  note.hidden = false;
}

export const onDiscard = (act) => note.querySelector("[data-discard]").addEventListener("click", act);
