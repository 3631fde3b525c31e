/* Draws the charts of a page: options come as JSON from mingjing/ui/charts.py. Colours there are names ("@series-1") that stand for the variables of tokens.css;
   "@interval" and "@instant" are the two shapes of a timeline. Tooltips are drawn on the canvas, because the policy of the browser forbids their HTML. */
(() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  /* a bar from start to end on its lane: value = [lane, start, end, is open] */
  const interval = (params, api) => {
    const lane = api.value(0);
    const from = api.coord([api.value(1), lane]);
    const to = api.coord([api.value(2), lane]);
    const height = Math.min(18, api.size([0, 1])[1] * 0.5);
    const area = params.coordSys;
    const left = Math.max(from[0], area.x);
    const right = Math.min(Math.max(to[0], from[0] + 3), area.x + area.width);
    if (right < left) return null;
    const shape = { x: left, y: from[1] - height / 2, width: right - left, height };
    const isOpen = Boolean(api.value(3));
    const fill = api.visual("color");
    return {
      type: "rect",
      shape,
      style: isOpen ? { fill, opacity: 0.45, stroke: fill, lineWidth: 1.5, lineDash: [4, 3] } : { fill },
    };
  };

  /* a dot on its lane: value = [lane, time, is late]; hollow when it was recorded late */
  const instant = (params, api) => {
    const [x, y] = api.coord([api.value(1), api.value(0)]);
    const area = params.coordSys;
    if (x < area.x - 1 || x > area.x + area.width + 1) return null;
    const colour = api.visual("color");
    const isLate = Boolean(api.value(2));
    return { type: "circle", shape: { cx: x, cy: y, r: 5 }, style: { fill: isLate ? style("surface") : colour, stroke: colour, lineWidth: 2 } };
  };
  const SHAPES = { "@interval": interval, "@instant": instant };

  const resolved = (value) => {
    if (typeof value === "string" && value.startsWith("@")) return SHAPES[value] || style(value.slice(1));
    if (Array.isArray(value)) return value.map(resolved);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolved(inner)]));
    return value;
  };

  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const draw = (box, isAgain = false) => {
    const options = JSON.parse(document.getElementById(box.dataset.chartFrom).textContent);
    const isPhone = box.clientWidth < 480;
    if (options.height) box.style.height = `${options.height}px`;
    const chart = window.echarts.init(box, null, { locale: "ZH" });
    const own = resolved(options.echarts);
    own.textStyle = { fontFamily: style("font"), color: style("ink"), fontSize: 13 };
    own.animation = !isStill && !isAgain; // drawn again for another theme or for paper: at once
    own.animationDuration = 250;
    own.tooltip = { confine: true, renderMode: "richText", backgroundColor: style("surface"), borderColor: style("line-strong"), textStyle: { color: style("ink"), fontSize: 13 }, ...own.tooltip };
    if (isPhone && own.grid) own.grid = { ...own.grid, left: 4, right: 8 };
    chart.setOption(own);
    chart.on("click", (event) => { if (event.data && event.data.href) location.assign(event.data.href); });
    return chart;
  };

  const redraw = (box) => {
    const old = window.echarts.getInstanceByDom(box);
    if (old) old.dispose();
    draw(box, true);
  };
  const all = (within) => [...within.querySelectorAll("[data-chart-from]")];
  window.mingjing.drawCharts = (within) => all(within).forEach((box) => { if (!window.echarts.getInstanceByDom(box)) draw(box); });

  window.addEventListener("mingjing:theme", () => all(document).forEach(redraw));
  let waiting = null;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => all(document).forEach((box) => { const chart = window.echarts.getInstanceByDom(box); if (chart) chart.resize(); }), 120);
  });
})();
