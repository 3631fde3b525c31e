/* What every page does beyond plain HTML: theme, navigation, search key, menus, dialogs, drawer, failures. No page needs it to work. */
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const isTyping = (node) => node.closest("input, textarea, select, [contenteditable]") !== null;
  const isNarrow = () => window.matchMedia("(max-width: 760px)").matches;
  const hasRoomForDrawer = () => window.matchMedia("(min-width: 1100px)").matches;
  const store = (name, value) => {
    try { localStorage.setItem(name, value); } catch { /* a browser may forbid storage: the choice then lasts for this page */ }
  };

  /* theme */
  const markTheme = () => {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      if (button === root) continue;
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === root.dataset.themeChoice));
    }
  };
  window.addEventListener("mingjing:theme", markTheme);

  /* navigation: a column that becomes narrow on wide screens, a layer on narrow ones */
  const toggleNavigation = (button) => {
    let isOpen;
    if (isNarrow()) {
      isOpen = root.toggleAttribute("data-nav-open");
    } else {
      isOpen = root.dataset.nav === "narrow";
      if (isOpen) delete root.dataset.nav; else root.dataset.nav = "narrow";
      store("nav", isOpen ? "wide" : "narrow");
      window.dispatchEvent(new Event("resize")); // charts measure themselves again
    }
    button.setAttribute("aria-expanded", String(isOpen));
  };
  const markNavigation = () => {
    const button = document.querySelector(".nav-toggle");
    if (button) button.setAttribute("aria-expanded", String(isNarrow() ? root.hasAttribute("data-nav-open") : root.dataset.nav !== "narrow"));
  };

  /* menus close when something else is pressed */
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except && !menu.contains(except)) menu.open = false;
    }
  };

  /* the question before an act that cannot be taken back */
  const ask = (text) => new Promise((answer) => {
    const dialog = byId("confirm");
    byId("confirm-text").textContent = text;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
  const confirmed = new WeakSet();
  document.addEventListener("submit", (event) => {
    const asker = event.submitter && event.submitter.dataset.confirm ? event.submitter : event.target;
    const text = asker.dataset.confirm;
    if (!text || confirmed.has(event.target)) {
      confirmed.delete(event.target);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(text).then((yes) => {
      if (!yes) return;
      confirmed.add(event.target);
      event.target.requestSubmit(event.submitter);
    });
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });

  /* a form goes out once */
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post" || event.target.hasAttribute("hx-post")) return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  /* drawer */
  let opener = null;
  const openDrawer = (link) => {
    opener = link;
    for (const row of document.querySelectorAll("tr.open")) row.classList.remove("open");
    const row = link.closest("tr");
    if (row) row.classList.add("open");
    window.htmx.ajax("GET", link.href, { target: "#drawer", swap: "innerHTML" });
  };
  const closeDrawer = () => {
    const drawer = byId("drawer");
    if (!drawer || drawer.hidden) return false;
    drawer.hidden = true;
    drawer.replaceChildren();
    for (const row of document.querySelectorAll("tr.open")) row.classList.remove("open");
    if (opener && opener.isConnected) opener.focus();
    return true;
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "drawer") return;
    event.detail.target.hidden = false;
    const heading = event.detail.target.querySelector("[data-summary], h2");
    if (heading && event.detail.requestConfig.triggeringEvent !== "keep") heading.focus({ preventScroll: true });
  });
  window.mingjing.openDrawer = openDrawer;
  window.mingjing.isTyping = isTyping;

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    closeMenus(event.target);
    const choice = at("button[data-theme-choice]");
    if (choice) { store("theme", choice.dataset.themeChoice); window.mingjing.applyTheme(); }
    const toggle = at(".nav-toggle");
    if (toggle) toggleNavigation(toggle);
    else if (root.hasAttribute("data-nav-open") && !at("#nav")) { root.removeAttribute("data-nav-open"); markNavigation(); }
    if (at("[data-close-drawer]")) closeDrawer();
    if (at("[data-close-notice]")) byId("notice").replaceChildren();
    if (at("[data-back]")) window.history.back();
    const link = at("a[data-drawer]");
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (link && isPlain && hasRoomForDrawer() && byId("drawer")) { event.preventDefault(); openDrawer(link); }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); } else if (!document.querySelector("dialog[open]")) closeDrawer();
    }
    if (event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey && byId("search")) {
      event.preventDefault();
      byId("search").focus();
      byId("search").select();
    }
  });

  /* failures of htmx requests: never swap a whole page into a part of one */
  const notify = (title, text) => {
    const box = document.createElement("div");
    box.className = "note fault";
    const head = document.createElement("b");
    head.textContent = title;
    const body = document.createElement("p");
    body.textContent = text;
    box.append(head, body);
    byId("notice").replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    const login = document.body.dataset.login;
    if (login && new URL(answer.responseURL, location.href).pathname === login) { // the session ended meanwhile
      event.detail.shouldSwap = false;
      location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
      return;
    }
    const isOurs = [409, 422].includes(answer.status) || answer.getResponseHeader("HX-Retarget");
    if (answer.status >= 400 && !isOurs) {
      event.detail.shouldSwap = false;
      notify("没有成功", `服务器回答了 ${answer.status}。请刷新页面再试；仍不行时请告诉系统管理员。`);
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "notice") event.detail.target.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:sendError", () => notify("连接不上服务器", "请检查网络后再试。已填写的内容仍在页面上。"));
  document.addEventListener("htmx:timeout", () => notify("服务器没有及时回答", "请稍后再试。已填写的内容仍在页面上。"));

  /* charts: their library is fetched only where there is one */
  const load = (url) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  let chartsReady = null;
  const drawCharts = (within) => {
    if (!within.querySelector("[data-chart-from]")) return;
    const addresses = document.body.dataset;
    chartsReady = chartsReady || load(addresses.echarts).then(() => load(addresses.chart));
    chartsReady.then(() => window.mingjing.drawCharts(within), () => {
      for (const box of within.querySelectorAll("[data-chart-from]")) box.parentElement.querySelector("details").open = true;
    });
  };

  // a table that is wider than its box is scrolled by keyboard too
  const letScroll = () => {
    for (const box of document.querySelectorAll(".table-box")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  window.addEventListener("resize", letScroll);
  document.addEventListener("toggle", letScroll, true);

  const start = (within) => {
    drawCharts(within);
    letScroll();
    const summary = within.querySelector("[data-summary]");
    if (summary) summary.focus({ preventScroll: false });
  };
  document.addEventListener("DOMContentLoaded", () => { markTheme(); markNavigation(); start(document); });
  document.addEventListener("htmx:afterSettle", (event) => start(event.detail.elt));
  window.addEventListener("beforeprint", () => {
    for (const more of document.querySelectorAll(".chart details")) more.open = true;
  });
})();
