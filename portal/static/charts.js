// Draws the charts of a page with uPlot, from the numbers that stand beside each; the same numbers
// are there as a table, which is all that is seen without this script.
(function () {
  "use strict";
  const HEIGHT = 176;
  const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  const DAY = 86400;
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

  // --- words ---------------------------------------------------------------------------------
  function sizeInWords(count) {
    if (count < 1024) return Math.round(count) + " B";
    let power = 1;
    while (count / 1024 ** power >= 1023.5 && power < UNITS.length) power += 1;
    const amount = count / 1024 ** power;
    return amount.toFixed(amount < 9.95 ? 1 : 0) + " " + UNITS[power - 1];
  }

  const WORDS = {
    count: (number) => String(Math.round(number)),
    bytes: sizeInWords,
    seconds: (number) => window.portal.durationInWords(Math.floor(number)),
  };
  // Distances between the lines of an axis that are round numbers of the unit.
  const STEPS = {
    count: [1, 2, 5].flatMap((digit) => [0, 1, 2, 3, 4, 5, 6].map((power) => digit * 10 ** power)),
    bytes: Array.from({ length: 60 }, (_, power) => 2 ** power),
    seconds: [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, DAY, 7 * DAY],
  };
  for (const steps of Object.values(STEPS)) steps.sort((one, other) => one - other);

  // --- what uPlot is told --------------------------------------------------------------------
  // A canvas knows no light-dark(): a colour is asked for as an element beside it would have it.
  function coloursOf(plot) {
    const probe = document.createElement("span");
    plot.append(probe);
    const known = {};
    return function (name) {
      probe.style.color = "var(--" + name + ")";
      return (known[name] ??= getComputedStyle(probe).color);
    };
  }

  // Bars stand upon each other: each is drawn up to the sum of itself and those before it, the
  // highest first.
  function stacked(series) {
    const sums = series[0].values.map(() => 0);
    return series.map((one) => one.values.map((value, at) => (sums[at] += value || 0))).reverse();
  }

  function drawnSeries(chart, colour) {
    const series = chart.kind === "bars" ? [...chart.series].reverse() : chart.series;
    return series.map(function (one, number) {
      const stroke = colour(one.colour);
      const isFilled = chart.kind === "bars" || (chart.kind === "area" && number === 0);
      return {
        stroke: stroke,
        width: chart.kind === "bars" ? 0 : 1.75,
        fill: isFilled ? (chart.kind === "bars" ? stroke : colour(one.colour + "-soft")) : undefined,
        paths: chart.kind === "bars" ? uPlot.paths.bars({ size: [0.7, 28] }) : undefined,
        points: { show: chart.kind === "line" && !chart.times, size: 5, fill: stroke },
        spanGaps: true,
      };
    });
  }

  function options(chart, width, colour, show) {
    const axis = { stroke: colour("ink-quiet"), font: "11px Inter, sans-serif", ticks: { show: false },
      grid: { stroke: colour("line"), width: 1 } };
    const last = chart.labels.length - 1;
    return {
      width: width,
      height: HEIGHT,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { show: chart.kind !== "bars", size: 7 } },
      scales: {
        x: chart.times ? {} : { time: false, range: [-0.6, last + 0.6] },
        y: { range: (self, least, most) => [0, Math.max(most, 1) * 1.08] },
      },
      axes: [
        { ...axis, grid: { show: false }, size: 24, gap: 4, space: 64, incrs: chart.times ? undefined : [1, 2, 5, 10, 20],
          values: chart.times ? timeTicks : (self, at) => at.map((one) => chart.ticks[one] ?? "") },
        { ...axis, size: chart.unit === "count" ? 36 : 64, gap: 4, space: 32, incrs: STEPS[chart.unit],
          values: (self, at) => at.map(WORDS[chart.unit]) },
      ],
      series: [{}, ...drawnSeries(chart, colour)],
      hooks: { setCursor: [show] },
    };
  }

  function timeTicks(self, at, axis, space, step) {
    return at.map((seconds) => (step >= DAY ? day : clock).format(new Date(seconds * 1000)));
  }

  // --- one chart -----------------------------------------------------------------------------
  const drawn = new Map(); // figure → how it is drawn again

  function setUp(figure) {
    const plot = figure.querySelector(".chart-plot");
    const told = figure.querySelector(".chart-told");
    let uplot = null;

    function draw() {
      const chart = JSON.parse(figure.querySelector("script").textContent);
      const x = chart.times || chart.labels.map((_, at) => at);
      const y = chart.kind === "bars" ? stacked(chart.series) : chart.series.map((one) => one.values);
      if (uplot) uplot.destroy();
      plot.replaceChildren();
      told.textContent = "";
      uplot = new uPlot(options(chart, plot.clientWidth, coloursOf(plot), (self) => tell(chart, self)), [x, ...y], plot);
    }

    // What is under the pointer, in words; there is room for it above every chart.
    function tell(chart, self) {
      const at = self.cursor.idx;
      if (at === null || at === undefined) {
        told.textContent = "";
        return;
      }
      const values = chart.series.filter((one) => one.values[at] !== null && (one.values[at] || chart.series.length === 1));
      const words = values.map((one) => one.name + " " + WORDS[chart.unit](one.values[at]));
      told.textContent = chart.labels[at] + ": " + (words.join(", ") || "nothing");
    }

    draw();
    drawn.set(figure, draw);
    new ResizeObserver(function () {
      if (plot.clientWidth) uplot.setSize({ width: plot.clientWidth, height: HEIGHT });
    }).observe(plot);
    setUpTable(figure);
  }

  function setUpTable(figure) {
    const table = figure.querySelector(".chart-table");
    const button = figure.querySelector("[aria-controls='" + table.id + "']");
    button.addEventListener("click", function () {
      const isShown = table.classList.toggle("is-shown");
      button.setAttribute("aria-expanded", String(isShown));
    });
  }

  // --- all of a page -------------------------------------------------------------------------
  // A live part may bring a chart that was not there, and take one away.
  function setUpAll() {
    for (const figure of drawn.keys()) if (!figure.isConnected) drawn.delete(figure);
    for (const figure of document.querySelectorAll(".chart")) if (!drawn.has(figure)) setUp(figure);
  }

  // What a live part says of a chart that is there: drawn again only where the numbers differ.
  function takeOver(event) {
    const fresh = event.detail;
    for (const part of ["script", ".chart-legend", "table"]) {
      const [old, wanted] = [event.target, fresh].map((figure) => figure.querySelector(part));
      if (old.innerHTML !== wanted.innerHTML) old.innerHTML = wanted.innerHTML;
      else if (part === "script") return;
    }
    drawn.get(event.target)?.();
  }

  setUpAll();
  document.addEventListener("htmx:afterSettle", setUpAll);
  document.addEventListener("chart-fresh", takeOver);
  // Canvases don't follow the theme by themselves.
  new MutationObserver(() => drawn.forEach((draw) => draw()))
    .observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
