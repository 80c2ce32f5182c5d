// What is around the figures: the layer, light and dark, print, downloads of tables.
function showReadings() {
  for (const node of document.querySelectorAll("[data-reading]")) {
    const texts = data.readings[node.dataset.reading];
    node.textContent = texts[texts.length > 1 ? state.row : 0];
  }
}

function chooseRow(row) {
  state.row = row;
  const layer = data.layers[row];
  for (const output of document.querySelectorAll(".layer-control output")) output.textContent = layer;
  document.getElementById("layer")?.setAttribute("aria-valuetext", `layer ${layer}`);
  showReadings();
  for (const slot of slots) {
    if (!slotFigure(slot).followsLayer) continue;
    slot.stale = true;
    showTitle(slot);
    if (slot.near) draw(slot);
  }
  tokens.refresh();
  whenIdle();
}

function applyTheme(theme) {
  state.theme = theme;
  document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.textContent = theme === "dark" ? "Light" : "Dark";
  refresh();
  tokens.refresh();
}

function addTableCsv(table) {
  const button = element("button", {type: "button", onclick: () => download(
    `${table.dataset.csv}.csv`, "text/csv", tableCsv(table)),
    "aria-label": `CSV of: ${table.caption?.textContent ?? table.dataset.csv}`}, "CSV");
  table.closest(".scroll").before(element("p", {class: "tools"}, button));
}

function wire() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  state.theme = dark.matches ? "dark" : "light";
  document.documentElement.dataset.theme = state.theme;
  document.querySelectorAll("table[data-csv]").forEach(addTableCsv);
  const slider = document.getElementById("layer");
  slider?.addEventListener("input", () => chooseRow(Number(slider.value)));
  document.getElementById("theme").addEventListener("click",
    () => applyTheme(state.theme === "dark" ? "light" : "dark"));
  dark.addEventListener("change", () => applyTheme(dark.matches ? "dark" : "light"));

  const near = new IntersectionObserver((entries) => {
    for (const {target, isIntersecting} of entries) {
      const slot = target.slot_;
      slot.near = isIntersecting;
      if (isIntersecting && slot.stale) draw(slot);
    }
  }, {rootMargin: "200px"});
  for (const slot of slots) near.observe(slot.node);

  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width || state.printing) return;
    width = innerWidth;
    refresh();
  });
  let before = state.theme;
  addEventListener("beforeprint", () => {
    before = state.theme;
    state.printing = true;
    state.theme = document.documentElement.dataset.theme = "light";
    // The width of the paper, which is not known here: A4 and letter without their margins.
    document.body.style.width = "684px";
    document.body.classList.add("printing");
    slots.forEach(draw);
    tokens.refresh();
  });
  addEventListener("afterprint", () => {
    state.printing = false;
    document.body.style.width = "";
    document.body.classList.remove("printing");
    applyTheme(before);
  });
  chooseRow(state.row);
  document.getElementById("theme").textContent = state.theme === "dark" ? "Light" : "Dark";
}

wire();
