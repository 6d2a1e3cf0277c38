"""What a test looks for in an open page."""

# The ratio of luminances (WCAG 2.2, success criterion 1.4.3) of every text in a drawing against what lies behind it:
# the page, and any filled rectangle of the same group. axe-core passes over SVG text.
FAINT_TEXT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b], share, under) => [r, g, b].map((v, i) => v * share + under[i] * (1 - share));
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a] = rgba(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const text of document.querySelectorAll("svg text")) {
    const style = getComputedStyle(text);
    if (style.display === "none" || !text.getClientRects().length) continue;
    let under = behind(text.closest("svg"));
    const cell = text.parentElement.querySelector(":scope > rect.cell");
    if (cell) {
      const own = getComputedStyle(cell);
      under = over(rgba(own.fill), Number(own.fillOpacity), under);
    }
    const pair = [light(over(rgba(style.fill), Number(style.fillOpacity), under)), light(under)].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) faint.push(`${text.textContent} ${ratio.toFixed(2)}`);
  }
  return faint;
}"""

# Strokes and fills that carry data: at least 3 to 1 against the page (WCAG 2.2, 1.4.11).
FAINT_LINES = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (text) => {
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (v) => v.map((x) => x / 255).map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
  const page = light(rgb(getComputedStyle(document.body).backgroundColor));
  const faint = [];
  const drawn = "svg .line:not(.faint), svg .curve, svg .whisker, svg .dots, svg .mode-tick";
  for (const line of document.querySelectorAll(drawn)) {
    const pair = [light(rgb(getComputedStyle(line).stroke)), page].sort((a, b) => b - a);
    if ((pair[0] + 0.05) / (pair[1] + 0.05) < 3) faint.push(line.getAttribute("class"));
  }
  return faint;
}"""

REPEATED_IDS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  return ids.filter((id, i) => ids.indexOf(id) !== i);
}"""

# Words of a drawing that stick out of it, and words that lie on each other.
CUT_WORDS = """() => {
  const cut = [];
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const frame = svg.getBoundingClientRect();
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      const past = Math.max(frame.left - box.left, box.right - frame.right, box.bottom - frame.bottom);
      if (box.width && past > 1.5) {
        cut.push(`${svg.id}: ${text.textContent}`);
      }
    }
  }
  return cut;
}"""

PLACED_WORDS = """() => {
  const near = [];
  for (const svg of document.querySelectorAll("svg[role=img]")) {
    const texts = [...svg.querySelectorAll("text:not([transform])")]
      .map((t) => [t.textContent, t.getBoundingClientRect()])
      .filter(([, box]) => box.width);
    texts.forEach(([a, p], i) => texts.slice(i + 1).forEach(([b, q]) => {
      const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (wide > 1 && high > 0.35 * Math.min(p.height, q.height)) near.push(`${svg.id}: ${a} | ${b}`);
    }));
  }
  return near;
}"""

# Tables that have to be scrolled sideways.
WIDE_TABLES = """() => [...document.querySelectorAll("table")]
  .filter((table) => table.parentElement.scrollWidth > table.parentElement.clientWidth + 1)
  .map((table) => table.className + ": " + table.caption?.textContent)"""

OPEN_ALL = "() => document.querySelectorAll('details').forEach((one) => { one.open = true; })"
EXCESS_WIDTH = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
