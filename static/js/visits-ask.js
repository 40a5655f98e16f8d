// A question in a dialog, from a template; gives the value of the button, or "" for none.
export function ask(name, fill) {
  const box = document.createElement("dialog");
  box.className = "ds-dialog modal";
  const form = document.createElement("form");
  form.method = "dialog";
  form.className = "modal-body stack is-tight";
  form.append(document.getElementById(name).content.cloneNode(true));
  const title = form.querySelector("h2");
  title.id = `${name}-title`;
  box.setAttribute("aria-labelledby", title.id);
  box.append(form);
  fill?.(form);
  document.body.append(box);
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      resolve(box.returnValue);
      box.remove();
    });
  });
}
