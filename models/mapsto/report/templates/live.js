// The four lines of the ridge posterior, from the eigenvalues that the record carries; nothing here touches the page.
globalThis.ridge = ({ n, log_weights: logWeights = 0, d2, V, c, energy }) => {
  const sum = (term) => d2.reduce((total, d, k) => total + term(d, k), 0);
  const coef = (alpha) => V.map((row) => sum((d, k) => row[k] * c[k] / (d + alpha)));
  return {
    coef,
    df: (alpha) => sum((d) => d / (d + alpha)),
    sd: (sigma, alpha) => V.map((row) => sigma * Math.sqrt(sum((d, k) => row[k] ** 2 / (d + alpha)))),
    loss: (alpha) => energy - sum((d, k) => c[k] ** 2 / (d + alpha)),
    dropped: (sigma, sigmaW) =>
      (n * Math.log(2 * Math.PI * sigma ** 2) - logWeights + d2.length * Math.log(2 * Math.PI * sigmaW ** 2)) / 2,
    cut: (j, sigma, alpha) => {
      const along = sum((d, k) => V[j][k] ** 2 * d), mode = coef(alpha)[j];
      return {
        mode,
        likelihood_mean: along > 0 ? mode * (1 + alpha / along) : 0,
        likelihood_sd: along > 0 ? sigma / Math.sqrt(along) : Infinity,
        posterior_sd: sigma / Math.sqrt(along + alpha),
        exp_loss_sd: 1 / Math.sqrt(2 * (along + alpha)),
      };
    },
  };
};
(() => {
  const record = JSON.parse(document.getElementById("record").textContent);
  const live = record.live, names = record.problem.features;
  if (!live) return; // too large for the page
  const exactly = globalThis.ridge(live);
  const find = (id) => document.getElementById(id);
  const show = (value, digits = 4) => {
    if (value !== 0 && (Math.abs(value) >= 1e8 || Math.abs(value) < 1e-4)) {
      const [front, power] = value.toExponential(digits - 1).split("e");
      const raised = [...String(Number(power))].map((d) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(d)]).join("");
      return `${front} × 10${raised}`.replace("-", "−");
    }
    const decimals = value === 0 ? 0 : Math.max(digits - 1 - Math.floor(Math.log10(Math.abs(value))), 0);
    return value.toFixed(Math.min(decimals, 12)).replace("-", "−");
  };
  const fill = (list, values) => {
    for (const [key, text] of Object.entries(values)) {
      const place = list.querySelector(`[data-reading="${key}"]`);
      if (place) place.textContent = text;
    }
  };
  const axis = (low, high, start, end) => (value) => start + (end - start) * (value - low) / (high - low);
  const joined = (xs, ys) => xs.map((x, i) => `${x.toFixed(1)} ${ys[i].toFixed(1)}`).join("L");
  const ticks = (low, high, about) => {
    const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((m) => m >= rough * (1 - 1e-9));
    const first = Math.ceil(low / step), last = Math.floor(high / step);
    return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  };

  const cuts = () => {
    const svg = find("picture-svg"), controls = find("scales");
    if (!svg || !controls) return;
    const [sigma, prior, lock, choice] = ["sigma", "sigma-w", "lock", "cut"].map(find);
    const frame = JSON.parse(svg.dataset.frame);
    const at = { sigma: 0, prior: 0 };
    const reach = (j, cut) => {
      const grid = record.picture.grid;
      if (names[j] === record.picture.feature) return [grid[0], grid.at(-1)];
      const far = 1.5 * (Math.abs(cut.mode) + 4 * Math.min(cut.likelihood_sd, 1e300));
      return [-far, far];
    };
    let over = null, overFor = null;
    const draw = () => {
      const j = Number(choice.value);
      const s = live.sigma * 10 ** Number(sigma.value), w = live.sigma_w * 10 ** Number(prior.value);
      const alpha = (s / w) ** 2, cut = exactly.cut(j, s, alpha);
      if (overFor !== j) [over, overFor] = [reach(j, cut), j];
      const [low, high] = over, across = axis(low, high, frame.left, frame.right);
      const held = Math.min(Math.max(cut.mode, low), high);
      const grid = Array.from({ length: 241 }, (_, i) => low + (high - low) * i / 240);
      for (let i = -30; i <= 30; i += 1) grid.push(cut.mode + i / 7.5 * cut.exp_loss_sd, cut.mode + i / 7.5 * cut.posterior_sd);
      const places = grid.filter((v) => v >= low && v <= high).sort((a, b) => a - b), xs = places.map(across);
      const up = axis(0, 1, frame.floor, frame.top);
      const bell = (mean, sd) => {
        const squares = places.map((v) => ((v - mean) / sd) ** 2);
        const least = mean < low || mean > high ? Math.min(...squares) : 0;
        return squares.map((q) => up(Math.exp(-(q - least) / 2)));
      };
      const posterior = bell(cut.mode, cut.posterior_sd);
      const curves = {
        prior: bell(0, w), likelihood: bell(cut.likelihood_mean, cut.likelihood_sd),
        "exp-loss": bell(cut.mode, cut.exp_loss_sd), posterior,
      };
      for (const [kind, ys] of Object.entries(curves)) svg.querySelector(`.curve.${kind}`).setAttribute("d", `M${joined(xs, ys)}`);
      svg.querySelector(".area").setAttribute("d",
        `M${xs[0]} ${frame.floor}L${joined(xs, posterior)}L${xs.at(-1)} ${frame.floor}z`);
      const rise = places.map((v) => (v - cut.mode) ** 2), most = Math.max(...rise);
      const down = axis(0, most, frame.lossFloor, frame.lossTop);
      svg.querySelector(".curve.loss").setAttribute("d", `M${joined(xs, rise.map(down))}`);
      const x = across(held);
      for (const line of svg.querySelectorAll(".mode-line")) for (const end of ["x1", "x2"]) line.setAttribute(end, x);
      for (const dot of svg.querySelectorAll(".mode-dot")) dot.setAttribute("cx", x);
      const words = svg.querySelector(".mode-words"), right = x > (frame.left + frame.right) / 2;
      words.textContent = `mode ${show(cut.mode, 5)}`;
      words.setAttribute("x", right ? x - 8 : x + 8);
      words.setAttribute("text-anchor", right ? "end" : "start");
      const marks = svg.querySelector(".ticks");
      marks.replaceChildren(...ticks(low, high, 5).flatMap((value) => {
        const line = document.createElementNS(svg.namespaceURI, "line"), text = document.createElementNS(svg.namespaceURI, "text");
        const put = (one, values) => { for (const [key, v] of Object.entries(values)) one.setAttribute(key, v); return one; };
        text.textContent = String(Number(value.toPrecision(6))).replace("-", "−");
        return [
          put(line, { x1: across(value), x2: across(value), y1: frame.axis, y2: frame.axis + 5, class: "axis" }),
          put(text, { x: across(value), y: frame.axis + 24, "text-anchor": "middle", class: "tx" }),
        ];
      }));
      find("cut-name").textContent = names[j];
      sigma.nextElementSibling.textContent = show(s);
      prior.nextElementSibling.textContent = show(w);
      const said = `peak ${show(cut.mode, 5)}, posterior sd ${show(cut.posterior_sd)}`;
      sigma.setAttribute("aria-valuetext", `σ ${show(s)}; ${said}`);
      prior.setAttribute("aria-valuetext", `prior sd ${show(w)}; ${said}`);
      fill(find("scales-readings"), {
        alpha: show(alpha), peak: show(cut.mode, 5), width: show(cut.posterior_sd),
        loss_width: show(cut.exp_loss_sd), dropped: show(exactly.dropped(s, w), 6),
      });
    };
    const moved = (own, other, key, otherKey) => () => {
      if (lock.checked) {
        // Both stop where either has to.
        const step = Math.max(-1 - at[otherKey], Math.min(1 - at[otherKey], Number(own.value) - at[key]));
        own.value = at[key] + step;
        other.value = at[otherKey] + step;
      }
      at[key] = Number(own.value);
      at[otherKey] = Number(other.value);
      draw();
    };
    sigma.addEventListener("input", moved(sigma, prior, "sigma", "prior"));
    prior.addEventListener("input", moved(prior, sigma, "prior", "sigma"));
    choice.addEventListener("change", draw);
    find("scales-reset").addEventListener("click", () => {
      sigma.value = prior.value = at.sigma = at.prior = 0;
      choice.value = String(names.indexOf(record.picture.feature));
      lock.checked = true;
      draw();
    });
    choice.value = String(names.indexOf(record.picture.feature));
    controls.hidden = false;
    draw();
  };

  const path = () => {
    const svg = find("path-svg"), controls = find("along"), slider = find("alpha"), choice = find("along-name");
    if (!svg || !controls) return;
    const read = (name) => svg.dataset[name].split(" ").map(Number);
    const [a, b, left, right] = read("across"), up = axis(...read("up")), down = axis(...read("down"));
    const across = axis(Math.log10(a), Math.log10(b), left, right);
    const [, , floor, top] = read("up");
    const draw = () => {
      const alpha = live.start.alpha * 10 ** (Number(slider.value) * Number(slider.dataset.unit)), j = Number(choice.value);
      const w = exactly.coef(alpha)[j], df = exactly.df(alpha), half = live.reach * exactly.sd(live.sigma, alpha)[j];
      const x = across(Math.log10(alpha));
      const [line, ...dots] = svg.querySelector(".cursor").children;
      for (const end of ["x1", "x2"]) line.setAttribute(end, x);
      for (const dot of dots) dot.setAttribute("cx", x);
      dots[0].setAttribute("cy", up(w));
      dots[1].setAttribute("cy", down(df));
      slider.nextElementSibling.textContent = show(alpha);
      slider.setAttribute("aria-valuetext", `α ${show(alpha)}; ${show(df)} degrees of freedom; coefficient ${show(w, 5)}`);
      fill(find("along-readings"), {
        df: show(df), peak: show(w, 5), interval: `[${show(w - half)}, ${show(w + half)}]`,
        sigma_w: show(live.sigma / Math.sqrt(alpha)),
      });
    };
    const choose = () => {
      const j = Number(choice.value), edges = [[], []];
      svg.querySelectorAll(".path").forEach((line, k) => line.classList.toggle("on", k === j));
      for (const alpha of live.path.alpha) {
        const w = exactly.coef(alpha)[j], half = live.reach * exactly.sd(live.sigma, alpha)[j];
        const x = across(Math.log10(alpha)).toFixed(1);
        [w - half, w + half].forEach((v, k) => edges[k].push(`${x} ${Math.min(Math.max(up(v), top), floor).toFixed(1)}`));
      }
      svg.querySelector(".band-area").setAttribute("d", `M${[...edges[0], ...edges[1].reverse()].join("L")}z`);
      find("along-shown").textContent = find("along-thick").textContent = names[j];
      draw();
    };
    slider.addEventListener("input", draw);
    choice.addEventListener("change", choose);
    find("along-reset").addEventListener("click", () => {
      slider.value = 0;
      choice.value = String(live.feature);
      choose();
    });
    controls.hidden = false;
    choose();
  };
  cuts();
  path();
})();
