// Rows of promises: as many as one needs, with the days that one mostly means a tap away.
import { day, valuesOf } from "./visits-fields.js";

export function promises(form) {
  const list = form.querySelector("[data-promises]");
  const rows = () => [...list.children];
  const blank = rows().at(-1).cloneNode(true);
  let made = rows().length;

  function add(what = "", due = "", who = "") {
    const row = blank.cloneNode(true);
    made += 1;
    row.classList.remove("no-js-only");
    for (const label of row.querySelectorAll("label")) label.htmlFor = label.htmlFor.replace(/\d+$/, made);
    for (const field of row.querySelectorAll("[id]")) field.id = field.id.replace(/\d+$/, made);
    const [text, date, person] = row.querySelectorAll("input, select");
    [text.value, date.value] = [what, due];
    list.append(row);
    // People may have come to know since the page was drawn.
    const first = list.querySelector("[data-people]");
    if (first && first !== person) person.replaceChildren(...[...first.options].map((o) => o.cloneNode(true)));
    person.value = who;
    number();
    return text;
  }

  function number() {
    rows().forEach((row, nth) => {
      const legend = row.querySelector("legend");
      legend.textContent = legend.textContent.replace(/\d+/, nth + 1);
      row.querySelector("[data-take-away]").hidden = rows().length === 1;
    });
  }

  function fill(fields) {
    const [what, due, who] = ["what", "due_on", "responsible_id"].map((name) => valuesOf(fields, `promise_${name}`));
    list.replaceChildren();
    what.forEach((text, nth) => add(text, due[nth], who[nth]));
    if (!what.length) add();
  }

  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    const row = target.closest("[data-promise]");
    if (button?.dataset.inDays) {
      row.querySelector("[type='date']").value = day(Number(button.dataset.inDays));
      form.dispatchEvent(new Event("input"));
    } else if (button && "takeAway" in button.dataset) {
      row.remove();
      number();
      form.dispatchEvent(new Event("input"));
      form.querySelector("[data-add-promise]").focus();
    }
  });
  form.querySelector("[data-add-promise]").addEventListener("click", () => add().focus());

  // The spare rows are for a browser without script.
  for (const spare of list.querySelectorAll(".no-js-only")) spare.remove();
  number();
  return { fill };
}
