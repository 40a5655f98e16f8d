// The form as a list of names and values, and back: what a draft and an unsent visit consist of.
const OURS = new Set(["csrf_token", "client_key", "written_at", "user_id"]);
const BY_DEFAULT = new Set(["kind", "occurred_on", "region", "promise_responsible_id"]);
const OTHERWISE = new Set(["company_id", "contact_ids", "colleague_ids", ...BY_DEFAULT]);

export const read = (form) => [...new FormData(form)].filter(([name]) => !OURS.has(name));

// Whether anything is typed or ticked that would be missed.
export const isTouched = (fields, preset = "") =>
  fields.some(
    ([name, value]) => value && !BY_DEFAULT.has(name) && !(name === "company_id" && value === preset),
  );

export const valueOf = (fields, name) => fields.find(([one]) => one === name)?.[1] ?? "";
export const valuesOf = (fields, name) => fields.filter(([one]) => one === name).map(([, v]) => v);

// Texts and choices; companies, people and promises are drawn by those who know them.
export function fill(form, fields) {
  for (const field of form.elements) {
    const { name, type } = field;
    if (!name || OURS.has(name) || OTHERWISE.has(name) || name.startsWith("promise_")) continue;
    if (type === "checkbox") field.checked = valuesOf(fields, name).includes(field.value);
    else field.value = valueOf(fields, name);
  }
  for (const name of ["kind", "occurred_on", "region"]) {
    const value = valueOf(fields, name);
    if (value) form.elements[name].value = value;
  }
  openFilled(form);
}

export function openFilled(form) {
  for (const part of form.querySelectorAll("details")) {
    const fields = [...part.querySelectorAll("input, textarea")];
    part.open ||= fields.some((field) => (field.type === "checkbox" ? field.checked : field.value));
  }
}

// Today in Norway, as a date field writes it; `later` days after it.
export const day = (later = 0) =>
  new Intl.DateTimeFormat("sv", { timeZone: "Europe/Oslo" }).format(Date.now() + later * 86_400_000);

// What can be told without the server, so that a visit from the forest is rarely refused at home.
export function lacking(form) {
  const fields = read(form);
  const value = (name) => valueOf(fields, name).trim();
  const { needCompany, needDay, needPromise, needTitle } = form.dataset;
  const wrong = {};
  if (!value("company") && !value("company_id")) wrong.company = needCompany;
  if (!value("occurred_on") || value("occurred_on") > day()) wrong.occurred_on = needDay;
  if (value("idea_text") && !value("idea_title")) wrong.idea_title = needTitle;
  const promised = valuesOf(fields, "promise_what");
  const due = valuesOf(fields, "promise_due_on");
  if (promised.some((what, nth) => !what.trim() && due[nth])) wrong.promises = needPromise;
  return wrong;
}

export function showErrors(form, errors) {
  for (const told of form.querySelectorAll("[data-error]")) {
    const text = errors[told.dataset.error];
    told.hidden = !text;
    told.querySelector("span").textContent = text ?? "";
    const field = document.getElementById(told.dataset.error);
    if (text) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
    if (text) told.closest("details")?.setAttribute("open", "");
  }
  const box = form.querySelector("[data-errors]");
  box.replaceChildren();
  if (Object.keys(errors).length) box.append(summary(form, errors));
  box.firstElementChild?.focus();
}

function summary(form, errors) {
  const told = document.createElement("div");
  told.className = "ds-error-summary";
  told.setAttribute("role", "alert");
  told.tabIndex = -1;
  const title = document.createElement("h2");
  title.textContent = form.dataset.summary;
  const list = document.createElement("ul");
  for (const [name, text] of Object.entries(errors)) {
    const row = document.createElement("li");
    const link = document.createElement(name ? "a" : "span");
    if (name) Object.assign(link, { className: "ds-link", href: `#${name}` });
    link.textContent = typeof text === "number" ? form.dataset.refused.replace("{n}", text) : text;
    row.append(link);
    list.append(row);
  }
  told.append(title, list);
  return told;
}

export function heedEnter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    if (event.ctrlKey || event.metaKey) form.requestSubmit();
    // A phone's "done" key is no decision that the visit is written.
    if (event.target.matches("input")) event.preventDefault();
  });
}
