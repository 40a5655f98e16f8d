// What is typed on the screen as one thing that can be kept, shown again and cleared.
import * as fields from "./visits-fields.js";
import { picker } from "./visits-pick.js";
import { promises } from "./visits-promises.js";

export function entry(form) {
  const pick = picker(form);
  const rows = promises(form);
  const preset = pick.chosen()?.value ?? "";
  let key = null; // of the visit, from its first word on: other tabs with the same draft know it too

  function content() {
    const kind = form.querySelector("[name='kind']:checked").parentElement.textContent.trim();
    const company = form.elements.company.value.trim() || pick.nameOfChosen();
    key ??= crypto.randomUUID();
    const label = { company, kind, day: form.elements.occurred_on.value };
    return { key, fields: fields.read(form), label };
  }

  function show(draft) {
    key = draft.key ?? null;
    fields.fill(form, draft.fields);
    const company = fields.valueOf(draft.fields, "company_id");
    if (company && !fields.valueOf(draft.fields, "company")) {
      pick.choose(company, draft.label.company);
    }
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

  const part = () => (key = null); // what was the same visit becomes another one

  return { pick, preset, content, show, blank, part };
}
