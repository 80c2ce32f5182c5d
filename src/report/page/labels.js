// Names beside points. A name stands where it covers neither a point nor another name; where there is
// no such place it is left out, and the pointer tells it.
const around = [[0, -1], [1, 0], [-1, 0], [0, 1], [1, -1], [-1, -1], [1, 1], [-1, 1]];

// The ends of the numbers, with a tenth of room on both sides.
function rangeOf(values) {
  const there = Array.from(values).filter(exists);
  const low = Math.min(...there), high = Math.max(...there), room = 0.1 * (high - low || 1);
  return [low - room, high + room];
}

// Annotations of a figure whose series name their points. x, y: its axes, which get the range that
// the places are reckoned with; room: its frame, in pixels.
function pointLabels(figure, x, y, room) {
  const series = figure.series.find((s) => s.labelPoints);
  if (!series) return [];
  const values = shownRow(figure, series);
  x.range = figure.x.range ?? rangeOf(series.x);
  y.range = figure.y.range ?? rangeOf([...values, ...(figure.rules ?? []).filter((r) => !r.vertical).map((r) => r.at)]);
  const on = (v, [low, high], length) => (v - low) / (high - low) * length;
  const points = Array.from(values, (v, i) => exists(v) && exists(series.x[i])
    ? [on(series.x[i], x.range, room.width), -on(v, y.range, room.height)] : null);
  const size = textSize(12), taken = [];
  const apart = ([ax, ay, aw, ah], [bx, by, bw, bh]) => 2 * Math.abs(ax - bx) >= aw + bw || 2 * Math.abs(ay - by) >= ah + bh;
  const marks = points.filter(Boolean).map(([px, py]) => [px, py, 9, 9]);
  return points.flatMap((point, i) => {
    if (!point) return [];
    const name = String(series.labels[i]), wide = 0.62 * size * name.length + 2;
    const boxes = around.map(([right, down]) =>
      [point[0] + right * (wide / 2 + 6), point[1] + down * (size / 2 + 6), wide, size]);
    const free = boxes.find((box) => [...marks, ...taken].every((other) => apart(box, other)));
    if (!free) return [];
    taken.push(free);
    return [{text: plain(name), showarrow: false, font: {size, color: css("--ink")}, x: series.x[i],
      y: values[i], xanchor: "center", yanchor: "middle", xshift: free[0] - point[0], yshift: point[1] - free[1]}];
  });
}
