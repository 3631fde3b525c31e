/* What is new while a page is open: a stream of events moves the number of unread notices, shows a quiet word, and lets lists fetch themselves anew.
   A hidden page holds no stream; without the stream the numbers are still asked for every minute. */
(() => {
  const address = document.body && document.body.dataset.live;
  if (!address || !window.EventSource) return;
  const AGAIN = 60000; // after a refusal, which ends an EventSource for good
  const SHOWN = 12000;
  let source = null;
  let waiting = null;
  let unread = null;

  const tell = (name) => document.body.dispatchEvent(new CustomEvent(name));
  const isBusy = () => document.querySelector('.list input[name="selected"]:checked, .list :focus:not(a)') !== null;
  const refresh = () => {
    tell("mingjing:news");
    if (!isBusy()) tell("mingjing:list");
  };

  /* the word at the foot of the page: built of text only, gone by itself unless somebody is at it */
  const toast = document.getElementById("toast");
  let hiding = null;
  const hideLater = () => {
    clearTimeout(hiding);
    hiding = setTimeout(() => {
      if (toast.matches(":hover") || toast.contains(document.activeElement)) hideLater();
      else toast.replaceChildren();
    }, SHOWN);
  };
  const make = (tag, text, name = "") => {
    const node = document.createElement(tag);
    node.textContent = text;
    if (name) node.className = name;
    return node;
  };
  const show = (notice) => {
    const box = document.createElement("div");
    const line = document.createElement("p");
    const link = make("a", notice.text);
    link.href = notice.url;
    line.append(make("span", notice.level_words, `badge level ${notice.level}`), " ", link);
    const close = make("button", "关闭", "button quiet");
    close.type = "button";
    close.addEventListener("click", () => toast.replaceChildren());
    box.append(line, close);
    toast.replaceChildren(box);
    hideLater();
  };

  const open = () => {
    if (source || document.hidden) return;
    clearTimeout(waiting);
    source = new EventSource(address);
    source.addEventListener("notice", (event) => { show(JSON.parse(event.data)); });
    source.addEventListener("count", (event) => {
      const count = JSON.parse(event.data);
      for (const place of document.querySelectorAll("[data-unread]")) place.textContent = count.is_more ? `${count.unread} 以上` : count.unread;
      if (unread !== null && unread !== count.unread) refresh();
      unread = count.unread;
    });
    source.addEventListener("error", () => {
      if (source && source.readyState === EventSource.CLOSED) { close(); waiting = setTimeout(open, AGAIN); }
    });
  };
  const close = () => {
    if (source) source.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);

  /* what a page asks for by itself fails quietly: what stands there is marked as old, and nobody is interrupted */
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    window.addEventListener(name, (event) => {
      const place = event.target.closest && event.target.closest("[data-quiet]");
      if (!place) return;
      event.stopImmediatePropagation();
      place.classList.add("stale");
      place.title = "暂时连接不上服务器，这里的数字可能不是最新的";
    }, true);
  }
  window.addEventListener("htmx:beforeSwap", (event) => {
    const place = event.target.closest && event.target.closest("[data-quiet]");
    if (!place) return;
    if (event.detail.xhr.status >= 400) { event.detail.shouldSwap = false; event.stopImmediatePropagation(); }
  }, true);
  window.addEventListener("htmx:afterSwap", (event) => {
    if (!event.target.matches("[data-quiet]")) return;
    event.target.classList.remove("stale");
    event.target.removeAttribute("title");
  }, true);
})();
