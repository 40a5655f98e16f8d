// Whose company it was, and who took part: from what lies on the device, so that it works without
// coverage. Typing goes before a choice: it unticks it.
import { kept } from "./visits-store.js";

const MOST = 6;
const fold = (text) => text.toLocaleLowerCase("nb").replace(/\s+/g, " ").trim();

export function picker(form) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const text = form.elements.company;
  let device = null;

  function chip(type, name, id, label, note) {
    const box = document.createElement("label");
    box.className = "offer";
    const input = Object.assign(document.createElement("input"), { type, name, value: id });
    const words = document.createElement("span");
    words.textContent = label;
    const small = document.createElement("small");
    small.textContent = note ?? "";
    box.append(input, words, small);
    return box;
  }

  const radios = () => [...part("offers").querySelectorAll("input")];
  const chosen = () => radios().find((one) => one.checked);
  const known = (id) => device?.companies.find(([number]) => String(number) === String(id));

  // Each company has a chip of its own once it was chosen.
  function choose(id, label) {
    let radio = radios().find((one) => one.value === String(id));
    if (!radio) {
      const box = chip("radio", "company_id", id, label ?? known(id)?.[1] ?? "", known(id)?.[2]);
      part("offers").prepend(box);
      radio = box.firstElementChild;
    }
    radio.checked = true;
    settle();
    return radio;
  }

  function settle() {
    text.value = "";
    look();
    const region = known(chosen()?.value)?.[3];
    const select = form.elements.region;
    if ([...select.options].some((one) => one.value === String(region))) select.value = region;
    showContacts();
  }

  function showContacts(ticked = []) {
    const id = chosen()?.value;
    const people = device?.contacts.filter(([, company]) => String(company) === id);
    if (id && !people) return; // not known yet: what the server drew stays
    const rows = (people ?? []).map(([n, , name, title]) => chip("checkbox", "contact_ids", n, name, title));
    part("contacts").replaceChildren(...rows);
    part("contacts-part").hidden = !rows.length;
    tick("contacts", ticked);
  }

  function tick(name, ids) {
    for (const box of part(name).querySelectorAll("input")) box.checked = ids.includes(box.value);
  }

  function matches() {
    const wanted = fold(text.value);
    if (!wanted || !device) return [];
    const found = device.companies.filter(([, name]) => fold(name).includes(wanted));
    const first = (name) => Number(!fold(name).startsWith(wanted));
    return found.sort(([, a], [, b]) => first(a) - first(b));
  }

  function look() {
    const found = matches();
    part("finds").replaceChildren(...found.slice(0, MOST).map(offer));
    const { one, many } = part("found").dataset;
    const isNew = device && text.value.trim() && !found.length;
    const word = found.length === 1 ? one : found.length ? many.replace("{n}", found.length) : "";
    part("found").textContent = isNew ? part("found").dataset.new.replace("{name}", text.value.trim()) : word;
  }

  function offer([id, name, place]) {
    const button = document.createElement("button");
    button.type = "button";
    const small = document.createElement("small");
    small.textContent = place ?? "";
    button.append(name, small);
    button.addEventListener("click", () => {
      choose(id, name).focus();
      form.dispatchEvent(new Event("input"));
    });
    return button;
  }

  text.addEventListener("input", () => {
    const radio = chosen();
    if (radio && text.value.trim()) radio.checked = false;
    if (radio) showContacts();
    look();
  });
  text.addEventListener("keydown", (event) => {
    const [first] = part("finds").children;
    if (event.key === "ArrowDown" && first) first.focus();
    if (event.key === "Enter" && first) first.click();
    if (["ArrowDown", "Enter"].includes(event.key)) event.preventDefault();
  });
  part("offers").addEventListener("change", settle);

  async function load() {
    device = (await kept("device")) ?? null;
    if (device) look();
  }

  const nameOfChosen = () => chosen()?.parentElement.querySelector("span").textContent ?? "";

  return { load, choose, chosen, chip, nameOfChosen, showContacts, tick };
}
