// Live parts: asked for again while somebody looks, and changed only where they differ, so that
// focus, selection, what is scrolled and what is open stay as they are.
(function () {
  "use strict";
  const OURS = "input:not([type=hidden]), select, textarea, .chart, #log";
  const lost = document.getElementById("connection-lost");

  function showConnection(isThere) {
    if (lost.hidden !== isThere) lost.hidden = isThere;
  }

  // What a person has opened or filled in is hers, and charts are drawn here; the portal knows
  // nothing of either. Charts are told what the portal says of them now.
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = function (name, node) {
    return !(name === "open" && node instanceof HTMLDetailsElement);
  };
  Idiomorph.defaults.callbacks.beforeNodeMorphed = function (old, fresh) {
    if (!(old instanceof HTMLElement && old.matches(OURS))) return true;
    if (old.matches(".chart")) old.dispatchEvent(new CustomEvent("chart-fresh", { bubbles: true, detail: fresh }));
    return false;
  };

  function lookAgain() {
    if (document.hidden) return;
    for (const part of document.querySelectorAll("[data-live]")) htmx.trigger(part, "look");
  }

  document.addEventListener("htmx:beforeRequest", function (event) {
    // Nobody looks: showing the page again brings what was missed.
    if (document.hidden && event.detail.elt.hasAttribute("data-live")) event.preventDefault();
  });
  for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:onLoadError"]) {
    document.addEventListener(failure, function () { showConnection(false); });
  }
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status >= 500) showConnection(false);
  });
  document.addEventListener("htmx:afterOnLoad", function (event) {
    if (event.detail.xhr.status < 500) showConnection(true);
  });
  // A box with a list in which something goes on follows that, unless somebody has scrolled it.
  const seen = new WeakMap();

  function keepInView() {
    for (const box of document.querySelectorAll("[data-keeps-in-view]")) {
      const wanted = box.querySelector(box.dataset.keepsInView);
      if (!wanted || (seen.has(box) && seen.get(box) !== box.scrollTop)) continue;
      const above = wanted.getBoundingClientRect().top - box.getBoundingClientRect().top;
      if (above < 0 || above > box.clientHeight * 0.75) box.scrollTop += above - box.clientHeight / 3;
      seen.set(box, box.scrollTop);
    }
  }

  document.addEventListener("htmx:afterSettle", keepInView);
  document.addEventListener("visibilitychange", lookAgain);
  window.addEventListener("online", lookAgain);
  window.portal.showConnection = showConnection;
  keepInView();
})();
