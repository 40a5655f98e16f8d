// "@" in a comment offers the people of the region: arrows choose, Enter or Tab takes, Escape shuts.
const WORD = /(?:^|\s)@([\p{L}\p{N} .-]{0,40})$/u;
let asked = 0;

document.addEventListener("input", async (event) => {
  const box = event.target;
  if (!box.matches?.("textarea[data-mention]")) return;
  const found = WORD.exec(box.value.slice(0, box.selectionStart));
  const turn = ++asked;
  if (!found) return shut(box);
  const answer = await fetch(`${box.dataset.mention}?q=${encodeURIComponent(found[1])}`).catch(() => null);
  if (!answer?.ok || turn !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  show(box, [...page.querySelectorAll("option")].map((one) => one.value), found[1]);
});

function show(box, names, typed) {
  shut(box);
  if (!names.length || names.includes(typed)) return;
  const list = document.createElement("div");
  list.className = "mention-list";
  list.setAttribute("role", "listbox");
  list.id = `${box.id}-people`;
  names.forEach((name, nth) => {
    const one = document.createElement("button");
    Object.assign(one, { type: "button", textContent: name, tabIndex: -1, id: `${list.id}-${nth}` });
    one.setAttribute("role", "option");
    one.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(box, name);
    });
    list.append(one);
  });
  box.after(list);
  box.setAttribute("aria-controls", list.id);
  choose(box, list.firstChild);
}

function shut(box) {
  box.parentElement.querySelector(".mention-list")?.remove();
  for (const name of ["aria-controls", "aria-activedescendant"]) box.removeAttribute(name);
}

function choose(box, one) {
  for (const other of one.parentElement.children) other.setAttribute("aria-selected", other === one);
  box.setAttribute("aria-activedescendant", one.id);
}

function take(box, name) {
  const end = box.selectionStart;
  const start = box.value.slice(0, end).lastIndexOf("@");
  box.setRangeText(`@${name} `, start, end, "end");
  shut(box);
}

document.addEventListener("keydown", (event) => {
  const box = event.target;
  const list = box.matches?.("textarea[data-mention]") && box.parentElement.querySelector(".mention-list");
  if (!list) return;
  const now = list.querySelector('[aria-selected="true"]');
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (step) choose(box, now[step] ?? now);
  else if (event.key === "Enter" || event.key === "Tab") take(box, now.textContent);
  else if (event.key === "Escape") shut(box);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("textarea[data-mention]")) shut(event.target);
});
