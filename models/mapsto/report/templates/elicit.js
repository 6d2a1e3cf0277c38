"use strict";
(() => {
  // The page is whole without this: it lets the bound of the belief move, and all that follows from it.
  const record = JSON.parse(document.getElementById("record").textContent);
  const find = (id) => document.getElementById(id);
  const show = (value, digits = 4) => Number(value.toPrecision(digits)).toString().replace("-", "−");
  const [middle, edge, left, right] = find("elicit-svg").dataset.frame.split(" ").map(Number);
  const at = (value) => left + (right - left) * (Math.min(Math.max((value - middle) / edge, -1), 1) + 1) / 2;
  const bar = (id, reach) => {
    const start = at(middle - reach);
    find(id).setAttribute("x", start.toFixed(1));
    find(id).setAttribute("width", Math.max(at(middle + reach) - start, 1).toFixed(1));
  };
  const slider = find("beyond");
  const move = () => {
    const factor = 10 ** Number(slider.value), beyond = record.beyond * factor;
    const texts = { scale: show(record.scale * factor), half: show(record.reach[0] * factor, 3), most: show(record.reach[1] * factor, 3) };
    if (record.alpha !== null) {
      const alpha = record.alpha / factor ** 2;
      texts.alpha = show(alpha);
      texts.df = show(record.eigenvalues.reduce((sum, d) => sum + d / (d + alpha), 0), 3);
    }
    for (const [key, text] of Object.entries(texts)) document.querySelector(`[data-reading="${key}"]`).textContent = text;
    for (const id of ["say-beyond", "beyond-now"]) find(id).textContent = show(beyond);
    for (const one of document.querySelectorAll(".moves")) {
      one.textContent = show(Number(one.dataset.start) * factor ** Number(one.dataset.power)).replace("−", "-");
    }
    bar("expect-half", record.reach[0] * factor);
    bar("expect-most", record.reach[1] * factor);
  };
  slider.addEventListener("input", move);
  find("belief-reset").addEventListener("click", () => { slider.value = 0; move(); });
  find("belief").hidden = false;
})();
