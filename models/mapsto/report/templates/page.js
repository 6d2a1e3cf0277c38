"use strict";
(() => {
  // The page is whole without this: it adds a theme switch and turns the embedded record into a file.
  const root = document.documentElement;
  const themed = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : themed.matches);
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); });
  themed.addEventListener("change", label);
  label();

  const link = document.getElementById("download");
  const text = document.getElementById("record").textContent;
  const pretty = JSON.stringify(JSON.parse(text), null, 1) + "\n";
  link.href = URL.createObjectURL(new Blob([pretty], { type: "application/json" }));
  link.hidden = false;
})();
