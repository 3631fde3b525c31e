/* Nothing typed is lost when the session ends: forms marked data-keep leave their text in this tab until they are accepted, for the same officer only.
   Signing out, or somebody else signing in, clears it. */
(() => {
  const PREFIX = "draft:";
  const officer = () => document.body.dataset.officer || "";
  const keyOf = (form) => PREFIX + new URL(form.getAttribute("action") || location.href, location.href).pathname;
  const drafts = () => Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
  const read = (key) => {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } // not ours
  };
  const write = (key, draft) => {
    try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch { /* full or forbidden: the page works without */ }
  };
  const isKept = (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type);

  const values = (form) => {
    const kept = {};
    for (const field of form.elements) {
      if (!isKept(field)) continue;
      const list = kept[field.name] || (kept[field.name] = []);
      if (field.type === "checkbox" || field.type === "radio") { if (field.checked) list.push(field.value); }
      else if (field.multiple) list.push(...[...field.selectedOptions].map((option) => option.value));
      else list.push(field.value);
    }
    return kept;
  };

  const restore = (form, kept) => {
    const rest = Object.fromEntries(Object.entries(kept).map(([name, list]) => [name, [...list]]));
    for (const field of form.elements) {
      if (!isKept(field) || !(field.name in kept)) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = kept[field.name].includes(field.value);
      else if (field.multiple) for (const option of field.options) option.selected = kept[field.name].includes(option.value);
      else field.value = rest[field.name].shift() ?? "";
    }
  };

  const tell = (form, key) => {
    const note = document.createElement("div");
    note.className = "note";
    note.setAttribute("role", "status");
    const text = document.createElement("span");
    text.textContent = "已恢复上次填写、尚未保存的内容。";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet";
    button.textContent = "不要，重新填写";
    button.addEventListener("click", () => { sessionStorage.removeItem(key); form.reset(); note.remove(); });
    note.append(text, button);
    form.prepend(note);
  };

  const differs = (form, kept) => JSON.stringify(values(form)) !== JSON.stringify(kept);

  const meet = (form) => {
    const key = keyOf(form);
    const draft = read(key);
    if (!draft || form.hasAttribute("data-bound") || !differs(form, draft.values)) return; // a bound form already holds what was typed
    restore(form, draft.values);
    tell(form, key);
  };

  /* A page that knows the officer follows a form that was accepted or given back with its errors. A page that does not (signing in, an error) interrupted it. */
  const start = (within) => {
    for (const key of drafts()) {
      const draft = read(key);
      if (!officer()) { if (draft) write(key, { ...draft, sent: false }); continue; }
      if (!draft || draft.officer !== officer() || draft.sent) sessionStorage.removeItem(key);
    }
    if (officer()) within.querySelectorAll("form[data-keep]").forEach(meet);
  };

  let waiting = null;
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (!form || !officer()) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => write(keyOf(form), { officer: officer(), values: values(form), sent: false }), 300);
  });
  document.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (event.target.matches("[data-sign-out]")) drafts().forEach((key) => sessionStorage.removeItem(key));
    if (event.target.matches("form[data-keep]") && officer()) write(keyOf(event.target), { officer: officer(), values: values(event.target), sent: true });
  });
  document.addEventListener("DOMContentLoaded", () => start(document));
  document.addEventListener("htmx:afterSettle", (event) => start(event.detail.elt));
})();
