// Runs before the page is drawn, so that it never flashes in the other theme.
(function () {
  "use strict";
  const root = document.documentElement;
  root.classList.add("has-script");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function choice() {
    try {
      return localStorage.getItem("theme") || "auto";
    } catch {
      return "auto"; // storage is forbidden: follow the system
    }
  }

  function apply() {
    const chosen = choice();
    root.dataset.theme = chosen;
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  }

  window.portalTheme = {
    choice: choice,
    choose: function (theme) {
      try {
        localStorage.setItem("theme", theme);
      } catch {
        // It cannot be kept, so it is not changed either.
      }
      apply();
    },
  };
  dark.addEventListener("change", apply);
  apply();
})();
