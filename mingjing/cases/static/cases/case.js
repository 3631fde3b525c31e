/* On a phone the sections of a case start folded, except the one that the address names; paper always has all of them. */
(() => {
  const sections = () => [...document.querySelectorAll("details.case-section")];
  const openNamed = () => {
    const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const section = named && named.closest("details.case-section");
    if (section && !section.open) { section.open = true; section.scrollIntoView(); }
  };
  const start = () => {
    if (window.matchMedia("(max-width: 760px)").matches) for (const section of sections()) section.open = section.id === "parties";
    openNamed();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
  window.addEventListener("hashchange", openNamed);
  window.addEventListener("beforeprint", () => { for (const section of sections()) section.open = true; });
})();
