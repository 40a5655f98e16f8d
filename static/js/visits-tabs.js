// The same draft may be open in two tabs. It is one visit: when one of them saves it, the other
// says so too, unless somebody wrote on there, who has another visit in hand then.
export function acrossTabs({ content, part, follow, keepIt }) {
  let isTypedHere = false;
  document.addEventListener("visitschanged", ({ detail: { saved } }) => {
    if (saved?.state !== "waiting" || saved.isTried || content().key !== saved.key) return;
    if (!isTypedHere) return follow(saved);
    part();
    keepIt();
  });
  return {
    typed() {
      isTypedHere = true;
      return keepIt();
    },
    finished: () => (isTypedHere = false),
  };
}
