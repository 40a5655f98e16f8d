// Runs before the first paint: the chosen colours, and the word that there is script.
document.documentElement.classList.remove("no-js");
try {
  const scheme = localStorage.getItem("scheme");
  if (scheme) document.documentElement.dataset.colorScheme = scheme;
} catch {
  // Storage may be forbidden; the device's own colours hold then.
}
