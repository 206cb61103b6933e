// Light or dark before the first paint: the person's choice, else what the system prefers.

(() => {
  const root = document.documentElement;
  const chosen = root.dataset.bsTheme;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  if (!chosen) {
    follow();
    dark.addEventListener("change", follow);
  }
  // Paper is white.
  let shown;
  addEventListener("beforeprint", () => {
    shown = root.dataset.bsTheme;
    root.dataset.bsTheme = "light";
  });
  addEventListener("afterprint", () => {
    root.dataset.bsTheme = shown;
  });
})();
