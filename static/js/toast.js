// Short messages: stay ten seconds, wait while somebody looks at them, can be closed.
const box = document.getElementById("toasts");
const STAY = 10_000;

function arm(toast) {
  let timer;
  const go = () => (timer = setTimeout(() => toast.remove(), STAY));
  const wait = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, wait);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, go);
  go();
}

new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) if (node.nodeType === 1) arm(node);
  }
}).observe(box, { childList: true });

box.addEventListener("click", (event) => {
  if (event.target.closest("[data-shut]")) event.target.closest("[data-toast]").remove();
});

document.addEventListener("say", ({ detail }) => {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.toast = "";
  const text = document.createElement("span");
  text.textContent = detail;
  const shut = document.createElement("button");
  shut.type = "button";
  shut.className = "shut";
  shut.dataset.shut = "";
  shut.setAttribute("aria-label", box.dataset.word);
  shut.textContent = "✕";
  toast.append(text, shut);
  box.replaceChildren(toast);
});
