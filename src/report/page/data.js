// What the page was given, and how it leaves again as CSV or SVG.
const data = JSON.parse(document.getElementById("data").textContent);

// A list as it is, or float32 numbers in base64.
function numbers(stored) {
  if (Array.isArray(stored)) return stored;
  const bytes = Uint8Array.from(atob(stored.f32), (c) => c.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

for (const figure of Object.values(data.figures)) {
  for (const series of figure.series) {
    for (const key of ["x", "y", "low", "high"]) {
      if (series[key]) series[key] = numbers(series[key]);
    }
  }
  if (figure.heatMap) figure.heatMap.values = numbers(figure.heatMap.values);
}

const exists = (x) => x !== null && x !== undefined && !Number.isNaN(x);

// Four digits, a true minus sign.
function short(x) {
  if (!exists(x)) return "–";
  return String(Number(Number(x).toPrecision(4))).replace("-", "−");
}
const signed = (x) => (x > 0 ? "+" : "") + short(x);

function csvLine(cells) {
  return cells.map((cell) => {
    const text = exists(cell) ? String(cell) : "";
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",") + "\r\n";
}

// One line a point: of every layer where the figure follows the layer.
function figureCsv(figure) {
  const map = figure.heatMap;
  if (map) {
    let text = csvLine([figure.y.title, figure.x.title, map.unit]);
    const name = (axis, i, [first, step]) => axis.names ? axis.names[i] : first + i * step;
    map.values.forEach((value, i) => {
      const row = Math.floor(i / map.cols), col = i % map.cols;
      text += csvLine([name(figure.y, row, map.y), name(figure.x, col, map.x), value]);
    });
    return text;
  }
  const rows = figure.followsLayer ? data.layers : [""];
  let text = csvLine(["layer", "series", figure.x.title, "label", figure.y.title, "from", "to"]);
  rows.forEach((layer, row) => {
    for (const s of figure.series) {
      for (let i = 0; i < s.x.length; i++) {
        const at = row * s.x.length + i;
        text += csvLine([layer, s.name, s.x[i], (s.labels && (s.labels[at] ?? s.labels[i])) ??
          (figure.x.names && figure.x.names[i]), s.y[at], s.low && s.low[i], s.high && s.high[i]]);
      }
    }
  });
  return text;
}

function tableCsv(table) {
  return [...table.rows].map((row) => csvLine([...row.cells].map(
    (cell) => cell.dataset.value ?? cell.textContent))).join("");
}

function download(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], {type}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// An element with attributes and children; text is only ever text.
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}
