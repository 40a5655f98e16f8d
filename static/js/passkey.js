// Asks the browser for a passkey (or to make one), and sends its answer by the plain form around.
const form = document.querySelector("form[data-passkey]");
const told = form.querySelector("[data-told]");

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const known = (keys) => keys?.map((key) => ({ ...key, id: bytes(key.id) }));

function asked() {
  const options = JSON.parse(form.dataset.options);
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  if (options.allowCredentials) options.allowCredentials = known(options.allowCredentials);
  if (options.excludeCredentials) options.excludeCredentials = known(options.excludeCredentials);
  return { publicKey: options };
}

function answer({ id, rawId, type, response }) {
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[part]) said[part] = text(response[part]);
  if (response.getTransports) said.transports = response.getTransports();
  return JSON.stringify({ id, rawId: text(rawId), type, response: said });
}

const say = (why) => {
  told.textContent = why && form.dataset[why];
  told.parentElement.hidden = !why;
};

// Which of our sentences explains what the browser says.
const reason = ({ name }) =>
  name === "InvalidStateError" ? "known" : name === "SecurityError" || name === "NotSupportedError" ? "unable" : "cancelled";

async function run() {
  if (form.ariaBusy === "true") return;
  if (!window.PublicKeyCredential) {
    say("unable");
    return;
  }
  say("");
  form.setAttribute("aria-busy", "true");
  try {
    form.elements.credential.value = answer(await navigator.credentials[form.dataset.passkey](asked()));
    form.submit();
  } catch (error) {
    say(reason(error));
  }
  form.removeAttribute("aria-busy");
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
run();
