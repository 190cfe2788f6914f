// Additions of the room trail: every page works without them. A button that
// prints, and a plot of the days of an overview, drawn from its own table.
import uPlot from "uplot";

export function start() {
  for (const button of document.querySelectorAll("[data-trail-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  const days = document.querySelector('[data-trail-table="day"] table');
  if (days) {
    plot(days);
  }
}

// The table's columns that are drawn, by their place, with a colour and a dash, so
// that nobody needs to tell colours apart.
const lines = [
  { column: 1, stroke: "#005eb8", width: 2 },
  { column: 2, stroke: "#d5281b", width: 2, dash: [6, 4] },
];

function plot(table) {
  const rows = [...table.tBodies[0].rows].reverse(); // the oldest first
  if (rows.length < 2) {
    return;
  }
  const number = (cell) => parseInt(cell.textContent.replaceAll(",", ""), 10) || 0;
  const day = (row) => Date.parse(`${row.cells[0].textContent.trim()} UTC`) / 1000;
  const times = rows.map(day);
  if (times.some(Number.isNaN)) {
    return;
  }
  const heads = table.tHead.rows[0].cells;
  const place = document.createElement("div");
  place.className = "mcr-trail-plot";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", "Visits answered and refused by day. The table below has the numbers.");
  const wide = table.closest(".mcr-wide");
  wide.before(place);
  const width = () => Math.max(240, wide.clientWidth);
  const chart = new uPlot(
    {
      width: width(),
      height: 220,
      cursor: { show: false },
      legend: { show: true, live: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      axes: [
        { values: (_, marks) => marks.map((t) => new Date(t * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" })) },
        { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000] },
      ],
      scales: { y: { range: (_, low, high) => [0, Math.max(1, high)] } },
      series: [{}, ...lines.map(({ column, ...look }) => ({ ...look, label: heads[column].textContent.trim(), points: { show: rows.length < 40 } }))],
    },
    [times, ...lines.map(({ column }) => rows.map((row) => number(row.cells[column])))],
    place,
  );
  new ResizeObserver(() => chart.setSize({ width: width(), height: 220 })).observe(wide);
}
