// Additions of the room record: every page works without them.
//
// The shell of a record fills itself from a stream of server-sent events; entries
// are filtered without asking the brokers again; repeated results are plotted
// beside their table. Nothing is kept: no storage, no cache, no history.
import { inOurFace, plotting } from "./plotting.js";

export function start() {
  const record = document.querySelector("[data-record]");
  openWhatIsLinkedTo();
  showPrint();
  if (record) {
    record.querySelector("[data-record-plain]").hidden = true; // this script fills the page
    const leave = new AbortController();
    addEventListener("pagehide", () => leave.abort());
    fill(record, leave.signal).catch(() => {
      if (leave.signal.aborted) {
        addEventListener("pageshow", () => broken(record)); // should the page ever come back, it is not whole
      } else {
        broken(record);
      }
    });
    filter(record);
  }
  document.addEventListener("toggle", (e) => plotIn(e.target), true);
}

// fill reads the stream with fetch. EventSource would ask every broker again, and
// be recorded again, each time that a connection breaks.
async function fill(record, signal) {
  const response = await fetch(record.dataset.record, {
    headers: { Accept: "text/event-stream" },
    signal,
    redirect: "error",
    cache: "no-store",
  });
  if (!response.ok || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
    throw new Error("no stream");
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return broken(record); // before "end" came
    }
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (name === "pieces") {
        place(record, JSON.parse(data));
      } else if (name === "end") {
        record.dataset.recordDone = "";
        await reader.cancel();
        return;
      }
    }
  }
}

// place puts the pieces that have changed where they belong. What the reader had
// open stays open, and what had the focus keeps it.
function place(record, { status, pieces }) {
  const focus = document.activeElement;
  for (const [name, html] of Object.entries(pieces)) {
    const piece = record.querySelector(`[data-piece="${name}"]`);
    const open = new Map([...piece.querySelectorAll("details[id]")].map((d) => [d.id, d.open]));
    const within = piece.contains(focus) ? trace(focus) : null;
    piece.innerHTML = html; // made and escaped by the server's own templates
    for (const d of piece.querySelectorAll("details[id]")) {
      if (open.has(d.id)) {
        d.open = open.get(d.id);
      }
    }
    if (within) {
      const again = find(piece, within);
      again?.focus({ preventScroll: true });
    }
  }
  record.querySelector("[data-record-status]").textContent = status;
  refilter(record);
}

// trace says how to find an element again: by its own id or address, or by its details' id.
function trace(element) {
  return { id: element.id, href: element.getAttribute("href"), details: element.closest("details[id]")?.id };
}

function find(piece, { id, href, details }) {
  if (id) {
    return document.getElementById(id);
  }
  if (href) {
    return piece.querySelector(`a[href="${CSS.escape(href)}"]`);
  }
  return details ? document.getElementById(details)?.querySelector("summary") : null;
}

function broken(record) {
  const box = record.querySelector("[data-record-broken]");
  box.hidden = false;
  record.querySelector("[data-record-plain]").hidden = false;
  record.querySelector("[data-record-status]").textContent = "The connection broke. This is not the whole record.";
}

// filter narrows the entries and the time line, never the summary.
function filter(record) {
  const form = record.querySelector("[data-record-filter]");
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    refilter(record, true);
  });
  form.addEventListener("change", () => refilter(record, true));
  record.querySelector("[data-record-unfilter]").addEventListener("click", (e) => {
    e.preventDefault();
    for (const select of form.querySelectorAll("select")) {
      select.value = "";
    }
    refilter(record, true);
    form.querySelector("select").focus();
  });
}

const months = { "3m": 3, "1y": 12, "5y": 60 };

function refilter(record, byHand) {
  const form = record.querySelector("[data-record-filter]");
  const { category, source, since } = Object.fromEntries(new FormData(form));
  const from = new Date();
  from.setMonth(from.getMonth() - (months[since] ?? 0));
  const on = Boolean(category || source || since);
  for (const line of record.querySelectorAll("[data-line]")) {
    const { category: c, source: s, date } = line.dataset;
    const old = since && date && lastMoment(date) < from; // what has no date may be of any
    line.hidden = Boolean((category && c !== category) || (source && s !== source) || old);
  }
  for (const part of record.querySelectorAll("[data-part-of], [data-year]")) {
    const lines = part.querySelectorAll("[data-line]");
    const shown = [...lines].filter((l) => !l.hidden).length;
    part.querySelector("[data-count]").textContent = shown;
    part.hidden = on && shown === 0;
    if (byHand && category && part.dataset.partOf === category) {
      part.open = true;
    }
  }
  record.querySelector("[data-record-filtered]").hidden = !on;
  const chosen = Object.entries({ category, source, since }).filter(([, value]) => value);
  record.querySelector("[data-record-print]").search = new URLSearchParams(chosen); // what is chosen is what is printed
}

// lastMoment: "2024" may be as late as its last day.
function lastMoment(date) {
  const d = new Date(date);
  if (date.length === 4) {
    d.setFullYear(d.getFullYear() + 1);
  } else if (date.length === 7) {
    d.setMonth(d.getMonth() + 1);
  } else if (date.length === 10) {
    d.setDate(d.getDate() + 1);
  }
  return d;
}

// An entry that is linked to may lie within details that are closed.
function openWhatIsLinkedTo() {
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) {
      return;
    }
    for (let d = target.closest("details"); d; d = d.parentElement?.closest("details")) {
      d.open = true;
    }
    target.scrollIntoView();
    target.focus?.({ preventScroll: true });
  };
  addEventListener("hashchange", open);
  document.addEventListener("click", (e) => {
    const link = e.target.closest?.('a[href^="#"]');
    link?.closest("[data-record-ways]")?.removeAttribute("open"); // else it would lie over what is gone to
    if (link && link.hash === location.hash) {
      open(); // the same place again changes no hash
    }
  });
}

function showPrint() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

// plotIn draws the plots of details that were opened. The figures are read from
// the table beside it, which stays: the plot is for the eye alone.
async function plotIn(details) {
  for (const box of details.querySelectorAll?.("[data-plot]") ?? []) {
    if (details.open && box.closest("details") === details && !box.firstChild) {
      const rows = details.querySelectorAll("tr[data-t]");
      const uPlot = await plotting();
      draw(uPlot, box, rows);
      redraw(uPlot, box, rows);
    }
  }
}

// redraw draws a plot anew whenever there is more or less room for it.
function redraw(uPlot, box, rows) {
  let drawn = box.clientWidth;
  new ResizeObserver(() => {
    if (box.clientWidth > 0 && box.clientWidth !== drawn) { // 0: its details were closed
      drawn = box.clientWidth;
      box.replaceChildren();
      draw(uPlot, box, rows);
    }
  }).observe(box);
}

const colours = ["#005eb8", "#330072", "#007f3b", "#7c2855", "#425563", "#ae2573"];

function draw(uPlot, box, rows) {
  const points = [...rows]
    .map(({ dataset: d }) => ({ t: Number(d.t), v: Number(d.v), by: d.by, marked: "marked" in d }))
    .filter((p) => Number.isFinite(p.t) && Number.isFinite(p.v))
    .sort((a, b) => a.t - b.t);
  if (points.length < 2) {
    return;
  }
  const sources = [...new Set(points.map((p) => p.by))];
  const { name, unit, low, high } = box.dataset;
  const range = low !== "" && high !== "" ? [Number(low), Number(high)] : null;
  box.hidden = false;
  for (const drawn of box.parentElement.querySelectorAll("[data-picture]")) {
    drawn.hidden = true; // the server's, which this one stands for
  }
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `Plot of ${name}. The same figures stand in the table below.`);
  const time = timeLabels(points.at(-1).t - points[0].t);
  const values = points.map((p) => p.v).concat(range ?? []);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = (most - least || Math.abs(most) || 1) * 0.1;
  const options = {
    width: Math.max(160, Math.min(box.clientWidth || 600, 720)),
    height: 220,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: [least - margin, most + margin] }, x: { range: (_, a, b) => (a === b ? [a - 86400, b + 86400] : [a - (b - a) * 0.05, b + (b - a) * 0.05]) } },
    axes: [
      { values: (_, at) => at.map(time), space: 80, size: 60 },
      { label: box.clientWidth > 400 ? unit : undefined, size: 52 },
    ],
    series: [
      {},
      { label: "All", stroke: "#768692", width: 1, points: { show: false } },
      ...sources.map((by, i) => ({
        label: by,
        stroke: colours[i % colours.length],
        paths: () => null,
        points: { show: true, size: 8, fill: colours[i % colours.length] },
      })),
      { label: "Marked by the source", paths: () => null, points: { show: true, size: 13, width: 3, stroke: "#d5281b", fill: "transparent" } },
    ],
    hooks: { drawClear: [(u) => range && band(u, range)] },
    plugins: [inOurFace],
  };
  new uPlot(
    options,
    [points.map((p) => p.t), points.map((p) => p.v), ...sources.map((by) => points.map((p) => (p.by === by ? p.v : null))), points.map((p) => (p.marked ? p.v : null))],
    box,
  );
  box.append(key(sources, range, unit, points.some((p) => p.marked)));
}

// timeLabels writes the labels of the axis of time, each with its year on a second line: of a
// series that is a year long or nearly in months, else in days, and within two days in hours.
function timeLabels(seconds) {
  const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/London", ...options });
  const year = format({ year: "numeric" });
  let above = format({ day: "numeric", month: "short" });
  let below = year;
  if (seconds > 300 * 86400) {
    above = format({ month: "short" });
  } else if (seconds < 2 * 86400) {
    above = format({ hour: "2-digit", minute: "2-digit" });
    below = format({ day: "numeric", month: "short", year: "numeric" });
  }
  return (t) => `${above.format(new Date(t * 1000))}\n${below.format(new Date(t * 1000))}`;
}

// band shades the reference range.
function band(u, [low, high]) {
  const top = u.valToPos(high, "y", true);
  const bottom = u.valToPos(low, "y", true);
  u.ctx.save();
  u.ctx.fillStyle = "#d8e9d8";
  u.ctx.fillRect(u.bbox.left, top, u.bbox.width, bottom - top);
  u.ctx.restore();
}

function key(sources, range, unit, marked) {
  const p = document.createElement("p");
  p.className = "mcr-plot__key";
  p.textContent = [
    range ? `Green: the reference range, ${range[0]} to ${range[1]}${unit ? ` ${unit}` : ""}.` : "",
    marked ? "Red ring: marked as out of the ordinary by the source." : "",
  ]
    .filter(Boolean)
    .join(" ");
  if (sources.length > 1) {
    sources.forEach((by, i) => {
      const dot = document.createElement("span");
      dot.className = "mcr-plot__dot";
      dot.style.background = colours[i % colours.length];
      p.prepend(dot, `${by}. `);
    });
  }
  return p;
}
