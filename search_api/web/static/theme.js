// Loaded before the page is painted, so that a chosen appearance never flashes the other one.
// Nothing is chosen: the style sheet follows the system.
(() => {
  document.documentElement.setAttribute("data-script", "");
  let chosen = null;
  try {
    chosen = localStorage.getItem("reuni-apparence");
  } catch {
    // Storage is refused: the system's appearance it is.
  }
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.setAttribute("data-fr-theme", chosen);
  }
})();
