// The text, each token in the colour of its effect: the row of the stem plot beside it.
const tokens = (() => {
  const place = document.getElementById("token-text");
  const slot = place && slots.find((s) => s.ids[0] === "tokens-removal");
  if (!slot) return {refresh() {}};
  const pieces = data.tokens.pieces, ids = data.tokens.ids;
  const logprob = numbers(data.tokens.logprob);
  const shownPiece = (t) => pieces[t] || `[${ids[t]}] `;

  const list = element("div", {role: "listbox", tabindex: "0", "aria-label":
    "The text, token by token: arrow keys go from token to token"});
  const spans = pieces.map((_, t) => {
    const span = element("span", {role: "option", id: `token-${t}`, "aria-selected": "false"});
    span.textContent = shownPiece(t);
    span.dataset.t = t;
    return span;
  });
  list.append(...spans);
  place.append(list);
  const note = element("p", {class: "token-note", "aria-live": "polite"});
  const gradient = element("span", {class: "gradient"});
  const low = element("span"), high = element("span");
  const common = element("input", {type: "checkbox", id: "token-scale", onchange: () => refreshTokens()});
  place.after(element("div", {class: "token-legend"},
    element("span", {}, low, gradient, high),
    element("span", {}, common, element("label", {for: "token-scale"}, " one scale for all layers"))), note);

  const series = () => slotFigure(slot).series[0];
  const values = () => shownRow(slotFigure(slot), series());
  // The colour scale ends here; a few tokens may lie beyond.
  function scaleEnd() {
    const all = common.checked ? series().y : values();
    const sizes = Array.from(all, (v) => Math.abs(v ?? 0)).sort((a, b) => a - b);
    return sizes[Math.floor(0.98 * (sizes.length - 1))] || sizes.at(-1) || 1;
  }

  const two = (x) => String(Number(x.toPrecision(2)));
  function luminance(colour) {
    const [r, g, b] = colour.map((v) => {
      const c = v / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  // Black or white, whichever has more contrast.
  const ink = (colour) => (luminance(colour) > 0.179 ? "#000000" : "#ffffff");

  function describe(t) {
    const value = values()[t];
    note.replaceChildren(`Position ${t}: `, element("bdi", {}, shownPiece(t)),
      t === 0 ? " has nothing before it" : ` ${signed(value)} nats (${slotFigure(slot).choice}), ` +
      `log p clean ${short(logprob[t])}`);
  }

  let selected = -1;
  function select(t) {
    if (selected >= 0) spans[selected].setAttribute("aria-selected", "false");
    selected = t;
    spans[t].setAttribute("aria-selected", "true");
    list.setAttribute("aria-activedescendant", `token-${t}`);
    describe(t);
  }
  list.addEventListener("keydown", (event) => {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -1e9, End: 1e9}[event.key];
    if (!step) return;
    event.preventDefault();
    select(Math.min(Math.max(selected + step, 0), spans.length - 1));
    spans[selected].scrollIntoView({block: "nearest"});
  });
  const over = (event) => { if (event.target.dataset.t) select(Number(event.target.dataset.t)); };
  list.addEventListener("pointerover", over);
  list.addEventListener("click", over);

  const details = document.getElementById("token-table");
  function fillTable() {
    if (!details.open) return;
    const choices = slot.ids.map((id) => data.figures[id]);
    const head = element("tr", {}, ...["position", "token", "id", "log p clean",
      ...choices.map((c) => `${c.choice}, nats`)].map((h) => element("th", {scope: "col"}, h)));
    const columns = choices.map((c) => shownRow(c, c.series[0]));
    const number = (x) => element("td", {class: "number", "data-value": exists(x) ? x : ""}, short(x));
    const rows = pieces.map((_, t) => element("tr", {}, element("th", {scope: "row"}, String(t)),
      element("td", {class: "token-cell"}, shownPiece(t)), element("td", {class: "number"}, String(ids[t])),
      number(logprob[t]), ...columns.map((c) => number(c[t]))));
    const table = element("table", {"data-csv": `tokens-layer-${data.layers[state.row]}`},
      element("caption", {}, `Tokens at layer ${data.layers[state.row]}`),
      element("thead", {}, head), element("tbody", {}, ...rows));
    const scroll = element("div", {class: "scroll", tabindex: "0", role: "region",
      "aria-label": "Tokens"}, table);
    details.replaceChildren(details.firstElementChild, scroll);
    addTableCsv(table);
  }
  details.addEventListener("toggle", fillTable);

  function refreshTokens() {
    const y = values(), end = scaleEnd(), stops = colours().diverging;
    const bySign = series().bySign;
    spans.forEach((span, t) => {
      const colour = mix(stops, 0.5 + 0.5 * (y[t] ?? 0) / end);
      span.style.backgroundColor = `rgb(${colour.join(" ")})`;
      span.style.color = ink(colour);
    });
    const shown = bySign ? stops : stops.slice(stops.length >> 1);
    gradient.style.background = `linear-gradient(to right, ${shown.join(", ")})`;
    low.textContent = bySign ? `−${two(end)} nats, more likely` : "";
    high.textContent = bySign ? `less likely, +${two(end)} nats` : `${two(end)} nats`;
    if (selected >= 0) describe(selected);
    fillTable();
  }
  slot.onchange = refreshTokens;
  return {refresh: refreshTokens};
})();
