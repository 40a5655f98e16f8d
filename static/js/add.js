// Quick add: Enter saves and stays in the line; pasting several lines adds one idea for each. A
// line may carry the company behind a tab, as a sheet's cells do.
const form = () => document.querySelector("form[data-add]");

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  // The form has been drawn anew, and htmx names what it stood in instead.
  if (!ctx.sourceElement?.matches?.("#add, form[data-add]") || !ctx.response) return;
  if (ctx.response.status === 200) empty();
  if (![401, 502, 503, 504].includes(ctx.response.status)) document.dispatchEvent(new Event("addheard"));
});

// Without contact, or signed out, the line waits in its field and is sent again by itself.
const heard = () => new Promise((done) => document.addEventListener("addheard", done, { once: true }));
const isRefused = () => form().querySelector(".error") !== null;

function empty() {
  const { title, company } = form().elements;
  title.value = "";
  company.value = "";
  title.focus();
}

document.addEventListener("paste", async (event) => {
  if (!event.target.matches?.("form[data-add] [name='title']")) return;
  const text = event.clipboardData.getData("text").trim();
  const lines = text.split(/\r?\n/).map((line) => line.split("\t")).filter(([title]) => title.trim());
  if (lines.length < 2) return;
  event.preventDefault();
  let added = 0;
  for (const [title, company = ""] of lines) {
    const { elements } = form();
    elements.title.value = title.trim();
    elements.company.value = company.trim();
    await htmx.ajax("POST", "/ideer/ny", { source: form(), target: "#add", swap: "outerHTML" });
    if (form().elements.title.value && !isRefused()) await heard();
    if (form().elements.title.value) break; // Refused: the line stays in the field.
    added += 1;
  }
  const detail = form().dataset.many.replace("{n}", added);
  document.dispatchEvent(new CustomEvent("say", { detail }));
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-add-open]")) return;
  event.preventDefault();
  document.getElementById("add").closest(".col").scrollIntoView({ inline: "start", block: "nearest" });
  document.getElementById("add-title").focus();
});
