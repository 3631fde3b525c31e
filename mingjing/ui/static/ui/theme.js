/* Runs before the page is drawn, so that the colours do not flash: the chosen theme and the width of the navigation. */
(() => {
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = (name) => {
    try { return localStorage.getItem(name); } catch { return null; } // a browser may forbid storage
  };
  const apply = () => {
    const choice = stored("theme") || "system";
    root.dataset.theme = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    root.dataset.themeChoice = choice;
    window.dispatchEvent(new Event("mingjing:theme"));
  };
  root.classList.add("js");
  if (stored("nav") === "narrow") root.dataset.nav = "narrow";
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  window.addEventListener("beforeprint", () => { // paper is white, charts included
    root.dataset.theme = "light";
    window.dispatchEvent(new Event("mingjing:theme"));
  });
  window.addEventListener("afterprint", apply);
  window.mingjing = { applyTheme: apply };
})();
