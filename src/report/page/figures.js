// Figures on the page. Each <figure data-figures="id id"> becomes a plot with its tools; it is drawn
// when it comes near the screen, or when the page has time.
const state = {row: data.row, theme: "light"};
const slots = [];
const coarse = matchMedia("(pointer: coarse)").matches;

const colours = () => data.themes[state.theme];
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
// Figures are smaller on paper.
const textSize = (points) => (state.printing ? 0.75 * points : points);
// Plotly reads markup in its texts.
const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")
  .replaceAll(">", "&gt;");

// Lines of about so many pixels, broken at blanks.
function inLines(text, pixels) {
  const most = Math.max(8, Math.floor(pixels / (0.55 * textSize(13))));
  const lines = [];
  for (const word of String(text).split(" ")) {
    if (lines.length && lines.at(-1).length + 1 + word.length <= most) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines.map(plain).join("<br>");
}
const legendRoom = (width) => width - 120;

// Between the colours of a scale, place 0 to 1: [r, g, b].
function mix(stops, place) {
  const rgb = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
  const at = Math.min(Math.max(place, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  const a = rgb(stops[i]), b = rgb(stops[i + 1]);
  return a.map((v, k) => Math.round(v + (at - i) * (b[k] - v)));
}

// As colours.cc has it.
function seriesColour(series) {
  if (!exists(series.shade)) return colours().hues[series.hue];
  return `rgb(${mix(colours().sequential, 0.55 + 0.45 * series.shade).join(",")})`;
}

function shownRow(figure, series) {
  if (!figure.followsLayer) return series.y;
  const first = state.row * series.x.length;
  return series.y.slice(first, first + series.x.length);
}

// Where y lies on an axis that is bent, as bent_axis.h has it; else nothing.
function bend(figure, slot) {
  const knee = figure.y.knee;
  if (!knee || slot.even) return null;
  return (v) => (exists(v) ? Math.sign(v) * Math.log10(1 + Math.abs(v) / knee) : null);
}

// Names of an axis; those of the chosen layer where each has its own.
function shownNames(figure, stored) {
  const count = stored.places?.length ?? 0;
  const own = figure.followsLayer && stored.names?.length > count;
  return own ? stored.names.slice(state.row * count, (state.row + 1) * count) : stored.names;
}

function hoverTexts(figure, series, y) {
  return Array.from(y, (value, i) => {
    const at = figure.followsLayer ? state.row * series.x.length + i : i;
    const label = series.labels ? series.labels[at] ?? series.labels[i]
      : figure.x.names ? shownNames(figure, figure.x)[i] : `${figure.x.title} ${short(series.x[i])}`;
    let text = `${plain(label)}<br>${plain(series.name)}: ${short(value)}`;
    if (series.low && exists(series.low[i])) {
      text += ` (${short(series.low[i])} to ${short(series.high[i])})`;
    }
    return text;
  });
}

function stems(base, series, y, colour, name, keep) {
  const kept = Array.from(y, (v) => (exists(v) && keep(v) ? v : null));
  return {...base, name, y: kept, mode: "markers",
    marker: {color: colour, size: series.x.length > 300 ? 3 : 6},
    error_y: {type: "data", symmetric: false, width: 0, thickness: 1.5, color: colour,
      array: kept.map((v) => Math.max(0, -(v ?? 0))),
      arrayminus: kept.map((v) => Math.max(0, v ?? 0))}};
}

// place: where a number lies on y, of bend().
function seriesTraces(figure, series, width, place) {
  const colour = seriesColour(series);
  const on = (values) => (place ? Array.from(values, place) : values);
  const y = on(shownRow(figure, series)), low = on(series.low ?? []), high = on(series.high ?? []);
  const base = {type: "scatter", name: inLines(series.name, legendRoom(width)), x: series.x, y,
    text: hoverTexts(figure, series, shownRow(figure, series)), hovertemplate: "%{text}<extra></extra>"};
  const line = {color: colour, width: 2, dash: series.dashed ? "dash" : "solid"};
  switch (series.mark) {
    case "bars":
      return [{...base, type: "bar", marker: {color: colour}, textposition: "none",
        width: figure.x.whole ? 0.75 : null}];
    case "steps":
      return [{...base, mode: "lines", line: {...line, shape: "hvh"}}];
    case "stems": {
      if (!series.bySign) return [stems(base, series, y, colour, base.name, () => true)];
      const ends = colours().diverging;
      return [stems(base, series, y, ends.at(-2), "less likely", (v) => v >= 0),
        stems(base, series, y, ends[1], "more likely", (v) => v < 0)];
    }
    case "band": {
      const edge = {...base, mode: "lines", line: {width: 0}, hoverinfo: "skip",
        hovertemplate: undefined, showlegend: false};
      return [{...edge, y: low},
        {...edge, y: high, fill: "tonexty", fillcolor: colour + "38"},
        {...base, mode: "lines", line}];
    }
  }
  const mode = {"line": "lines", "points": "markers", "line+points": "lines+markers"}[series.mark];
  const trace = {...base, mode, line, marker: {color: colour, size: series.x.length > 30 ? 5 : 9, line: {color: colour, width: 2},
    symbol: series.filled ? series.filled.map((f, i) => (f ? "circle" : series.diamonds?.[i] ? "diamond-open" : "circle-open")) : "circle"}};
  if (series.low) {
    trace.error_y = {type: "data", symmetric: false, color: colour, thickness: 1.5, width: 3,
      array: Array.from(high, (h, i) => h - y[i]),
      arrayminus: Array.from(low, (l, i) => y[i] - l)};
  }
  return [trace];
}

// Rings that are seen on every colour of a heat map.
function ringTraces(series) {
  const ring = (colour, size, width) => ({type: "scatter", mode: "markers", x: series.x, y: series.y,
    hoverinfo: "skip", showlegend: false,
    marker: {symbol: "circle-open", color: colour, size, line: {color: colour, width}}});
  return [ring("#ffffff", 17, 6), ring("#000000", 17, 2)];
}

function heatMapTrace(figure, slot) {
  const map = figure.heatMap;
  const along = ([first, step], count) => Array.from({length: count}, (_, i) => first + i * step);
  const z = [], text = [];
  const name = (axis, i, [first, step]) => plain(axis.names ? axis.names[i] : short(first + i * step));
  for (let i = 0; i < map.rows; i++) {
    z.push(Array.from(map.values.slice(i * map.cols, (i + 1) * map.cols),
      (v) => (exists(v) ? v : null)));
  }
  const stops = colours()[map.scale];
  const trace = {type: "heatmap", z, x: along(map.x, map.cols), y: along(map.y, map.rows),
    colorscale: stops.map((c, i) => [i / (stops.length - 1), c]), zmin: map.low,
    zmax: map.high,
    hoverongaps: false,
    colorbar: {thickness: 12, outlinewidth: 0, len: 1, lenmode: "fraction", ypad: 0,
      title: {text: plain(map.unit), side: "right"},
      tickfont: {color: css("--quiet")}}};
  if (slot.closeUp && figure.closeUp) {
    trace.zmax = Math.max(...figure.closeUp.map(Math.abs));
    if (map.scale === "diverging") trace.zmin = -trace.zmax;
  }
  const few = map.rows * map.cols <= 5000;
  if (few) {
    for (let i = 0; i < map.rows; i++) {
      text.push(z[i].map((v, j) => `${plain(figure.y.title)} ${name(figure.y, i, map.y)}<br>` +
        `${plain(figure.x.title)} ${name(figure.x, j, map.x)}<br>${short(v)} ${plain(map.unit)}`));
    }
  }
  return few ? {...trace, text, hovertemplate: "%{text}<extra></extra>", xgap: 1, ygap: 1}
    : {...trace, hovertemplate: "%{x}, %{y}: %{z:.4~g}<extra></extra>"};
}

// room: how many names fit; length: of the axis, in pixels; place: of bend(), where it is bent.
function axis(figure, stored, room, length, extra = {}, place = null) {
  const title = stored.title + (place ? stored.bendNote : "");
  const result = {title: {text: inLines(title, 0.85 * length), standoff: state.printing ? 5 : 10}, gridcolor: css("--line"),
    linecolor: css("--line"), zeroline: false, automargin: !figure.square, tickfont: {size: textSize(12)},
    type: stored.log ? "log" : "linear", ...extra};
  if (stored.log) Object.assign(result, {nticks: 6, exponentformat: "power"});
  if (stored.whole) Object.assign(result, {tickformat: "d", tick0: 0});
  const names = shownNames(figure, stored);
  if (names) {
    // Names that change with the layer are looked up one by one: all of them stand there.
    const upright = names.length > 40 || names.length < stored.names.length;
    const every = upright && names.length <= 40 ? 1 : Math.max(1, Math.ceil(names.length / room));
    // The last one is the end of something, and always kept.
    const kept = names.map((_, i) => i).filter((i) => (names.length - 1 - i) % every === 0);
    Object.assign(result, {tickmode: "array", tickvals: kept.map((i) => stored.places[i]),
      ticktext: kept.map((i) => stored.lines ? inLines(names[i], 0) : plain(names[i]))});
    if (upright && names.length <= 40) result.tickangle = -90;
    else if (upright) Object.assign(result, {tickangle: -90, tickfont: {size: textSize(11)}, title: {text: ""}});
    else result.tickangle = 0;
  }
  if (place) Object.assign(result, {tickmode: "array", tickvals: stored.ticks.map(place), ticktext: stored.ticks.map(short)});
  if (stored.range) result.range = stored.log ? stored.range.map(Math.log10) : stored.range;
  return result;
}

// Ticks at whole numbers also where there are few of them.
function wholeTicks(stored, values) {
  if (!stored.whole || !values) return {};
  const span = Math.max(...values) - Math.min(...values);
  return span < 16 ? {dtick: 1} : {};
}

// What a legend of several lines takes beyond its first.
function legendExtra(figure, width) {
  const names = figure.series.map((s) => inLines(s.name, legendRoom(width)).split("<br>"));
  if (figure.heatMap || names.length < 2) return 0;
  const widths = names.map((name) => 46 + 0.55 * textSize(13) * Math.max(...name.map((line) => line.length)));
  const lines = names.reduce((sum, name) => sum + name.length, 0);
  const room = width - 70;
  if (lines === names.length && widths.reduce((sum, w) => sum + w, 0) <= room) return 0;
  const columns = Math.max(1, Math.floor(room / Math.max(...widths)));
  return (Math.ceil(lines / columns) - 1) * 1.45 * textSize(13);
}

// Around a square figure, so that its height follows from its width.
const squareMargin = {l: 60, r: 84, t: 12, b: 52};

// legendRows: legendExtra().
function layout(figure, slot, width, height, legendRows) {
  const place = bend(figure, slot), at = place ?? ((v) => v);
  const map = figure.heatMap;
  const legend = !map && figure.series.length > 1 || figure.series.some((s) => s.bySign);
  const across = width - (map ? 140 : 70);
  // A few names of several words stand in lines where they do not fit beside each other.
  const length = (names) => Math.max(2, ...names.map((name) => name.length));
  const names = shownNames(figure, figure.x) ?? [];
  const lines = names.length <= 6 && names.length * (6 + 7 * length(names)) > across;
  const longest = length(lines ? names.flatMap((name) => name.split(" ")) : names);
  const x = axis(figure, {...figure.x, lines}, names.length > 40 ? width / 13
    : across / Math.max(34, 6 + 7 * longest), across,
    wholeTicks(figure.x, map ? [0, map.cols] : figure.series[0]?.x));
  const y = axis(figure, figure.y, height / 16, height - (legend ? 34 + legendRows : 12) - 48,
    wholeTicks(figure.y, map && [0, map.rows]), place);
  if (map) { x.showgrid = false; y.showgrid = false; x.ticks = ""; }
  if (map && figure.series.length) {
    // Rings would make room for themselves beyond the cells.
    const cells = ([first, step], count) => [first - step / 2, first + (count - 0.5) * step];
    x.range = cells(map.x, map.cols);
    y.range = cells(map.y, map.rows);
  }
  if (map?.firstOnTop) y.autorange = "reversed";
  const shapes = (figure.rules ?? []).map((rule) => ({type: "line", layer: "below",
    xref: rule.vertical ? "x" : "paper", yref: rule.vertical ? "paper" : "y",
    x0: rule.vertical ? rule.at : 0, x1: rule.vertical ? rule.at : 1,
    y0: rule.vertical ? 0 : at(rule.at), y1: rule.vertical ? 1 : at(rule.at),
    line: {color: css("--quiet"), width: 1, dash: rule.label ? "dash" : "solid"}}));
  if (figure.diagonal) {
    const end = [map.x[0] - map.x[1] / 2, map.x[0] + (map.cols - 0.5) * map.x[1]];
    shapes.push({type: "line", x0: end[0], y0: end[0], x1: end[1], y1: end[1],
      line: {color: css("--quiet"), width: 1, dash: "dash"}});
  }
  // Beside the frame, where no line of a series crosses them.
  const labelled = (figure.rules ?? []).filter((rule) => rule.label);
  const beside = Math.max(0, ...labelled.map((rule) => 0.6 * textSize(12) * rule.label.length));
  const annotations = labelled.map((rule) => ({
    text: plain(rule.label), showarrow: false, font: {size: textSize(12), color: css("--quiet")},
    xref: "paper", x: 1, xanchor: "left", yanchor: "middle",
    y: figure.y.log ? Math.log10(rule.at) : at(rule.at)}));
  annotations.push(...pointLabels(figure, x, y, {width: across, height: height - 60}));
  return {width, height, xaxis: x, yaxis: y, shapes, annotations, showlegend: legend,
    legend: {orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: {size: textSize(13)}},
    margin: figure.square ? squareMargin : {l: state.printing ? 44 : 56, r: 12 + beside, t: legend ? 34 : 12, b: state.printing ? 38 : 48}, hovermode: "closest", bargap: 0.25,
    dragmode: coarse ? false : "zoom", paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: {family: css("--sans"), size: textSize(13), color: css("--ink")},
    hoverlabel: {bgcolor: css("--raised"), bordercolor: css("--line"),
      font: {color: css("--ink"), family: css("--sans")}}};
}

function slotFigure(slot) { return data.figures[slot.ids[slot.choice]]; }

function showTitle(slot) {
  const figure = slotFigure(slot);
  slot.title.textContent = figure.title +
    (figure.followsLayer ? ` · layer ${data.layers[state.row]}` : "");
  const says = figure.says ?? [];
  slot.says.textContent = says[says.length > 1 ? state.row : 0] ?? "";
  slot.plot.setAttribute("aria-label", slot.title.textContent);
}

function draw(slot) {
  const figure = slotFigure(slot);
  showTitle(slot);
  const room = slot.scroll.clientWidth;
  const many = figure.x.names && figure.followsLayer ? shownNames(figure, figure.x).length : 0;
  const width = many > 40 && many <= 300 && !state.printing ? Math.max(room, many * 14) : room;
  const traces = figure.heatMap
    ? [heatMapTrace(figure, slot), ...figure.series.flatMap(ringTraces)]
    : figure.series.flatMap((series) => seriesTraces(figure, series, width, bend(figure, slot)));
  slot.plot.style.width = `${width}px`;
  const margin = squareMargin;
  slot.plot.style.height = figure.square
    ? `${Math.min(560, width - margin.l - margin.r + margin.t + margin.b)}px` : "";
  const legendRows = legendExtra(figure, width);
  if (legendRows > 0 && !figure.square) slot.plot.style.height = `${slot.plot.clientHeight + legendRows}px`;
  if (width > room) slot.scroll.setAttribute("tabindex", "0");
  else slot.scroll.removeAttribute("tabindex");
  Plotly.react(slot.plot, traces, layout(figure, slot, width, slot.plot.clientHeight, legendRows),
    {displayModeBar: false, responsive: false, scrollZoom: false});
  slot.stale = false;
  slot.drawn = true;
}

function makeSlot(node) {
  const slot = {node, ids: node.dataset.figures.split(" "), choice: Number(node.dataset.first ?? 0), stale: true, near: false,
    drawn: false, closeUp: false, even: false};
  slot.title = element("h3");
  slot.says = element("p", {class: "says"});
  slot.plot = element("div", {class: "plot", role: "img"});
  slot.scroll = element("div", {class: "plot-scroll"}, slot.plot);
  const tools = element("div", {class: "tools"});
  const caption = element("figcaption", {}, slot.title);
  const figure = () => slotFigure(slot);
  if (slot.ids.length > 1) {
    const group = element("div", {class: "choices", role: "group", "aria-label": "Shown"});
    const buttons = slot.ids.map((id, i) => element("button", {type: "button", "aria-pressed": i === slot.choice,
      onclick: () => {
        slot.choice = i;
        buttons.forEach((b, k) => b.setAttribute("aria-pressed", k === i));
        refresh(slot);
      }}, data.figures[id].choice));
    group.append(...buttons);
    caption.append(group);
  }
  // A button for what a slot may be: shown otherwise while it is pressed.
  const toggle = (key, name, title) => {
    const button = element("button", {type: "button", "aria-pressed": "false", title, onclick: () => {
      slot[key] = !slot[key];
      button.setAttribute("aria-pressed", slot[key]);
      refresh(slot);
    }}, name);
    tools.append(button);
  };
  const any = (has) => slot.ids.some((id) => has(data.figures[id]));
  if (any((f) => f.closeUp)) toggle("closeUp", "Close-up", "Leave out what dwarfs the rest");
  if (any((f) => f.y.knee)) toggle("even", "Even scale", "The same distance for the same difference everywhere");
  const named = (what) => ({type: "button", "aria-label": `${what} of: ${figure().title}`});
  tools.append(
    element("button", {...named("CSV"), onclick: () => download(
      `${slot.ids[slot.choice]}.csv`, "text/csv", figureCsv(figure()))}, "CSV"),
    element("button", {...named("SVG"), onclick: async () => {
      const url = await Plotly.toImage(slot.plot, {format: "svg"});
      download(`${slot.ids[slot.choice]}.svg`, "image/svg+xml",
        decodeURIComponent(url.slice(url.indexOf(",") + 1)));
    }}, "SVG"));
  caption.append(tools);
  node.append(caption, slot.scroll, slot.says);
  slots.push(slot);
  showTitle(slot);
  node.slot_ = slot;
  return slot;
}

// Draws again what is near the screen, and the rest when there is time.
function refresh(only) {
  for (const slot of only ? [only] : slots) {
    slot.stale = true;
    if (slot.near || slot === only) draw(slot);
  }
  if (only?.onchange) only.onchange();
  whenIdle();
}

let idle = false;
function whenIdle() {
  document.documentElement.dataset.drawn = "";
  if (idle) return;
  idle = true;
  const later = window.requestIdleCallback ?? ((f) => setTimeout(f, 60));
  later(() => {
    idle = false;
    const next = slots.find((slot) => slot.stale);
    if (!next) {
      document.documentElement.dataset.drawn = "all";
      return;
    }
    draw(next);
    whenIdle();
  }, {timeout: 400});
}

document.querySelectorAll("figure[data-figures]").forEach(makeSlot);
