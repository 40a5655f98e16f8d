// The page of an idea, also when it lies over the board: drawn anew after its card was moved or a
// change was undone. What is done on the page itself answers with the page.
const MOVED = /\/(flytt|angre)$/;

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const idea = document.getElementById("idea");
  const { response, request } = ctx;
  if (!idea || request.method === "GET" || response?.status !== 200) return;
  if (!MOVED.test(request.action)) return;
  htmx.ajax("GET", idea.dataset.href, { target: "#idea", swap: "outerHTML" });
});
