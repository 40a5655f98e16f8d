// Draws the charts of a page with Vega when they come into view, in the colours of the theme.
// The specification stands on the figure; without script the table beside it says the same.
const TOKENS = {
  main: "--green", accent: "--birch", soft: "--ink-soft", text: "--ink", rule: "--line-strong", iron: "--iron",
  s1: "--shade-1", s2: "--shade-2", s3: "--shade-3", s4: "--shade-4", s5: "--shade-5", pale: "--shade-pale", late: "--shade-late",
};
let ready;

const load = (address) =>
  new Promise((done, failed) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: done, onerror: failed });
    document.head.append(script);
  });

// One after the other: Vega-Lite looks for Vega. The interpreter spares us `unsafe-eval`.
const prepare = (figure) => {
  ready ??= (async () => {
    for (const address of figure.dataset.vega.split(" ")) await load(address);
    return import(figure.dataset.interpreter);
  })();
  return ready;
};

// A canvas cannot follow variables, so each colour is asked for as the browser computes it.
const colours = (figure) => {
  const probe = figure.appendChild(document.createElement("i"));
  const found = {};
  for (const [name, token] of Object.entries(TOKENS)) {
    probe.style.color = `var(${token})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
};

const draw = async (figure) => {
  const { expressionInterpreter } = await prepare(figure);
  const found = colours(figure);
  const text = figure.dataset.chart.replace(/"@(\w+)"/g, (_, name) => JSON.stringify(found[name]));
  const { spec } = globalThis.vegaLite.compile({ ...JSON.parse(text), width: figure.clientWidth, autosize: { type: "fit", contains: "padding" } });
  figure.view?.finalize();
  figure.view = new globalThis.vega.View(globalThis.vega.parse(spec, null, { ast: true }), {
    expr: expressionInterpreter, renderer: "canvas", container: figure, hover: false,
  });
  await figure.view.runAsync();
  figure.dataset.drawn = "";
  figure.parentElement.querySelector("[data-chart-save]")?.removeAttribute("hidden");
};

const save = async (button) => {
  const figure = button.closest("figure").querySelector("[data-chart]");
  const kind = button.dataset.save;
  const link = document.createElement("a");
  link.href = await figure.view.toImageURL(kind, 2);
  link.download = `${document.title.split(" – ")[0]}.${kind}`;
  link.click();
};

const figures = [...document.querySelectorAll("[data-chart]")];
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    draw(target);
  }
}, { rootMargin: "200px" });
const again = () => figures.filter((figure) => "drawn" in figure.dataset).forEach(draw);

for (const figure of figures) seen.observe(figure);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-save]");
  if (button) save(button);
});
new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-color-scheme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(again, 200);
});
