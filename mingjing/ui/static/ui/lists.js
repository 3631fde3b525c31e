/* Lists: moving with j and k, choice of columns, ticked rows, and filters that leave a short address. */
(() => {
  const isDrawerOpen = () => { const drawer = document.getElementById("drawer"); return drawer && !drawer.hidden; };

  /* j and k move from row to row; Enter opens because the row's link has the focus */
  const move = (step) => {
    const links = [...document.querySelectorAll("tr[data-row] a[data-drawer]")].filter((link) => !link.closest("[hidden]"));
    if (!links.length) return;
    const present = links.findIndex((link) => link.closest("tr").contains(document.activeElement) || link.closest("tr").classList.contains("open"));
    const next = links[Math.min(links.length - 1, Math.max(0, present + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    if (isDrawerOpen()) window.mingjing.openDrawer(next);
  };
  document.addEventListener("keydown", (event) => {
    if (window.mingjing.isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "j") move(1);
    if (event.key === "k") move(-1);
  });

  /* columns: what this browser last chose for this list */
  const key = (list) => `columns:${list.dataset.list}`;
  const remembered = (list) => {
    try { return JSON.parse(localStorage.getItem(key(list))) || {}; } catch { return {}; } // nothing, or not ours: the list's own choice
  };
  const showColumns = (list) => {
    const chosen = remembered(list);
    for (const box of list.querySelectorAll("[data-column]")) {
      const name = box.dataset.column;
      if (name in chosen) box.checked = chosen[name];
      for (const cell of list.querySelectorAll(`[data-col="${CSS.escape(name)}"]`)) cell.hidden = !box.checked;
    }
  };
  const rememberColumn = (list, box) => {
    const chosen = { ...remembered(list), [box.dataset.column]: box.checked };
    try { localStorage.setItem(key(list), JSON.stringify(chosen)); } catch { /* forbidden: lasts for this page */ }
    for (const cell of list.querySelectorAll(`[data-col="${CSS.escape(box.dataset.column)}"]`)) cell.hidden = !box.checked;
  };

  /* ticked rows */
  const countTicked = (form) => {
    const boxes = [...form.querySelectorAll('input[name="selected"]')];
    const ticked = boxes.filter((box) => box.checked).length;
    form.querySelector("[data-ticked]").textContent = ticked;
    form.querySelector(".batch").hidden = ticked === 0;
    const all = form.querySelector("[data-tick-all]");
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-column]")) { event.stopPropagation(); rememberColumn(box.closest(".list"), box); return; }
    const form = box.closest("form[data-batch]");
    if (!form) return;
    if (box.matches("[data-tick-all]")) {
      for (const one of form.querySelectorAll('input[name="selected"]')) one.checked = box.checked;
    }
    countTicked(form);
  }, true); // before htmx hears of it: choosing columns asks the server for nothing

  document.addEventListener("click", (event) => {
    const toggle = event.target.closest(".filter-toggle");
    if (!toggle) return;
    const set = document.getElementById(toggle.getAttribute("aria-controls"));
    toggle.setAttribute("aria-expanded", String(set.classList.toggle("open")));
  });

  /* empty filters do not stand in the address */
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.elt.matches("form[data-filters]")) return;
    for (const [name, value] of [...event.detail.formData.entries()]) {
      if (value === "") event.detail.formData.delete(name);
    }
  });

  const start = (within) => {
    for (const list of within.querySelectorAll(".list[data-list]")) showColumns(list);
  };
  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:afterSettle", () => start(document));
})();
