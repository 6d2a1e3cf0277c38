"use strict";
(() => {
  // The page is whole without this: it adds a theme switch, files to keep, and tips placed beside their words.
  const root = document.documentElement;
  const themed = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : themed.matches);
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); });
  themed.addEventListener("change", label);
  label();

  const record = JSON.parse(document.getElementById("record").textContent);
  const offer = (id, type, text) => {
    const link = document.getElementById(id);
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.hidden = false;
  };
  offer("download", "application/json", JSON.stringify(record, null, 1) + "\n");

  // A spreadsheet runs a cell that opens like a formula; a quote before it makes it text. Numbers are left alone.
  const cell = (value) => {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(value) ? "'" + value : value;
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const table = () => {
    const { modes, draws, exact } = record;
    const answered = Object.keys(modes).filter((key) => modes[key].coef);
    const more = ["mcse_mean", "ess_bulk", "ess_tail", "r_hat"];
    const parts = [["exact", exact, []], ...Object.keys(draws).map((key) => ["draws_" + key, draws[key], more])];
    const columns = answered.map((key) => ["mode_" + key, (j) => modes[key].coef[j], () => modes[key].intercept]);
    for (const [name, source, more] of parts) {
      if (!source?.mean) continue;
      const own = source.intercept ?? {};
      for (const key of ["mean", "sd", ...more]) {
        columns.push([`${name}_${key}`, (j) => source[key]?.[j], () => own[key]]);
      }
      for (const [end, k] of [["low", 0], ["high", 1]]) {
        columns.push([`${name}_eti89_${end}`, (j) => source.eti89[j]?.[k], () => own.eti89?.[k]]);
      }
    }
    const { response } = record;
    if (response) {
      const name = response.ratio.replaceAll(" ", "_");
      columns.push([`${name}_median`, (j) => response.ratios[j].median, () => null]);
      for (const [end, k] of [["low", 0], ["high", 1]]) {
        columns.push([`${name}_eti89_${end}`, (j) => response.ratios[j].eti89[k], () => null]);
      }
    }
    const rows = record.problem.features.map((name, j) => [name, ...columns.map(([, of]) => of(j))]);
    if (record.problem.intercept) rows.push(["intercept", ...columns.map(([, , of]) => of())]);
    return [["coefficient", ...columns.map(([name]) => name)], ...rows];
  };
  offer("download-csv", "text/csv", table().map((row) => row.map(cell).join(",") + "\r\n").join(""));

  // Without this a tip lies at the foot of the window; with it, under its word. Escape sends it away.
  for (const word of document.querySelectorAll(".word")) {
    const [by, tip] = word.children;
    const place = () => {
      word.classList.remove("away");
      const at = by.getBoundingClientRect(), edge = 12, width = Math.min(tip.offsetWidth, innerWidth - 2 * edge);
      const below = at.bottom + tip.offsetHeight + edge < innerHeight;
      tip.style.left = `${Math.max(edge, Math.min(at.left, document.documentElement.clientWidth - width - edge))}px`;
      tip.style.top = `${below ? at.bottom : Math.max(at.top - tip.offsetHeight, 0)}px`;
      tip.style.right = tip.style.bottom = "auto";
    };
    word.addEventListener("mouseenter", place);
    by.addEventListener("focus", place);
    by.addEventListener("click", () => { by.focus(); place(); });
  }
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const word of document.querySelectorAll(".word:hover, .word:focus-within")) word.classList.add("away");
  });
})();
