// Forms that were on their way when contact was lost, or the sign-in ran out. They stand as they
// were, may be written on, and are sent again; under the same name as long as they say the same,
// so that what had arrived after all is not done twice.
const held = new Map(); // form: the button that sent it
const names = new WeakMap(); // form: what it said, and the name it was sent under

// Also where the address is not a secure one, as on a network of one's own.
const newName = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
const isForm = (one) => one?.matches?.("form[hx-post]");

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.method === "GET") return;
  const said = `${ctx.request.action} ${new URLSearchParams(new FormData(formOf(ctx)))}`;
  const known = names.get(ctx.sourceElement);
  const name = known?.said === said ? known.name : newName();
  names.set(ctx.sourceElement, { said, name });
  ctx.request.headers["X-Once"] = name;
});

const formOf = ({ sourceElement: from }) => (from?.matches?.("form") ? from : undefined);

export function hold(ctx) {
  const from = ctx.sourceElement;
  if (ctx.request.method === "GET" || !isForm(from)) return false;
  held.set(from, ctx.sourceEvent?.submitter);
  return true;
}

export const isWaiting = ({ sourceElement }) => held.has(sourceElement);

// Whatever the answer was, the server has heard it.
export function after({ sourceElement, response }) {
  names.delete(sourceElement);
  held.delete(sourceElement);
  if (response.raw.headers.get("X-Once") === "done") done(sourceElement);
}

// It had arrived the first time: away with the form, and the page shows what came of it.
function done(form) {
  const box = form.closest("dialog[data-box]");
  const idea = document.getElementById("idea");
  if (form.matches("[data-add]")) form.reset();
  else if (box && !form.closest("#idea")) box.firstElementChild.replaceChildren();
  for (const id of ["poll", "meet-poll"]) {
    if (document.getElementById(id)) htmx.trigger(`#${id}`, "poll");
  }
  if (idea) htmx.ajax("GET", idea.dataset.href, { target: "#idea", swap: "outerHTML" });
}

export function sendAgain() {
  for (const [form, button] of [...held]) {
    held.delete(form);
    if (form.isConnected) form.requestSubmit(button?.isConnected ? button : undefined);
  }
}
