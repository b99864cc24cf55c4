// Small comforts; every page works without them.
(function () {
  "use strict";

  // --- times: counted on here, exact ones in the viewer's zone -------------------------------
  const SPANS = [[730 * 86400, 365 * 86400, "year"], [60 * 86400, 30 * 86400, "month"],
    [2 * 86400, 86400, "day"], [3600, 3600, "hour"], [60, 60, "minute"]];
  const exact = new Intl.DateTimeFormat("en-GB", { year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "longOffset" });

  // As the portal writes it: 2026-11-22 14:05:00 UTC+01:00.
  function exactTime(moment) {
    const part = Object.fromEntries(exact.formatToParts(moment).map(({ type, value }) => [type, value]));
    return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second} ${part.timeZoneName.replace("GMT", "UTC")}`;
  }

  // Tells the portal in which zone to write times the next time.
  function tellZone() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || document.cookie.split("; ").includes("zone=" + zone)) return;
    document.cookie = "zone=" + zone + "; path=/; max-age=31536000; samesite=lax";
    setText(document.getElementById("zone"), zone);
  }

  function span(seconds) {
    const [, unit, name] = SPANS.find(([from]) => seconds >= from) || SPANS[SPANS.length - 1];
    const count = Math.floor(seconds / unit);
    return count + " " + name + (count === 1 ? "" : "s");
  }

  function agoInWords(seconds) {
    if (seconds < -59) return "in " + span(-seconds);
    return seconds < 60 ? "just now" : span(seconds) + " ago";
  }

  function durationInWords(seconds) {
    const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
    if (minutes < 1) return seconds + " s";
    if (hours < 1) return minutes + " min " + (seconds % 60) + " s";
    if (hours < 24) return hours + " h " + (minutes % 60) + " min";
    return Math.floor(hours / 24) + " d " + (hours % 24) + " h";
  }

  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function refreshTimes() {
    for (const time of document.querySelectorAll("time[data-ago], time[data-elapsed]")) {
      const moment = new Date(time.dateTime);
      const seconds = Math.floor((Date.now() - moment) / 1000);
      const isElapsed = "elapsed" in time.dataset;
      setText(time, isElapsed ? durationInWords(Math.max(0, seconds)) : agoInWords(seconds));
      if (!time.dataset.exact) {
        time.dataset.exact = "1";
        time.title = (isElapsed ? "since " : "") + exactTime(moment);
      }
    }
  }

  // --- theme ---------------------------------------------------------------------------------
  const THEMES = { auto: "as the system has it", light: "light", dark: "dark" };

  function setUpThemeToggle() {
    const button = document.getElementById("theme-toggle");
    if (!button) return;
    const use = button.querySelector("use");
    const sprite = use.getAttribute("href").split("#")[0];
    const icons = { auto: "sun-moon", light: "sun", dark: "moon" };
    function show() {
      const theme = window.portalTheme.choice();
      use.setAttribute("href", sprite + "#" + icons[theme]);
      button.title = "Theme: " + THEMES[theme];
      button.setAttribute("aria-label", button.title);
    }
    button.addEventListener("click", function () {
      const names = Object.keys(THEMES);
      const next = names[(names.indexOf(window.portalTheme.choice()) + 1) % names.length];
      window.portalTheme.choose(next);
      show();
    });
    button.hidden = false;
    show();
    const select = document.getElementById("theme");
    if (!select) return;
    select.value = window.portalTheme.choice();
    select.addEventListener("change", function () {
      window.portalTheme.choose(select.value);
      show();
    });
    button.addEventListener("click", function () { select.value = window.portalTheme.choice(); });
    document.getElementById("theme-choice").hidden = false;
  }

  // --- keyboard ------------------------------------------------------------------------------
  let afterG = false;

  // Keys without Ctrl or Alt are in the way of who speaks to the browser (WCAG 2.1.4).
  function hasKeys() {
    try {
      return localStorage.getItem("keys") !== "off";
    } catch {
      return true; // storage is forbidden: as it is at first
    }
  }

  function setUpKeysSwitch() {
    const box = document.getElementById("single-keys");
    box.checked = hasKeys();
    box.addEventListener("change", function () {
      try {
        localStorage.setItem("keys", box.checked ? "on" : "off");
      } catch {
        box.checked = true;
      }
    });
  }

  function isTyping(target) {
    return target.isContentEditable
      || target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !hasKeys()) return;
    if (afterG) {
      afterG = false;
      const link = document.querySelector('.topnav a[data-key="' + CSS.escape(event.key) + '"]');
      if (link) link.click();
    } else if (event.key === "g") {
      afterG = true;
      setTimeout(function () { afterG = false; }, 1500);
    } else if (event.key === "/") {
      const search = document.getElementById("search");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === "?") {
      openDialog("keyboard-help");
    }
  }

  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
  }

  // --- clicks --------------------------------------------------------------------------------
  function onClick(event) {
    const opener = event.target.closest("[data-dialog]");
    if (opener) openDialog(opener.dataset.dialog);
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  }

  function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    const words = button.querySelector("span");
    function tell(text) {
      words.textContent = text;
      setTimeout(function () { words.textContent = "Copy"; }, 4000);
    }
    function select() {
      window.getSelection().selectAllChildren(source);
      tell("Selected: press Ctrl+C");
    }
    // Browsers have a clipboard only for pages that came over https, or from this machine.
    if (!navigator.clipboard) return select();
    navigator.clipboard.writeText(source.textContent).then(function () { tell("Copied"); }, select);
  }

  // A second press of the same button would ask for the same thing again.
  function onSubmit(event) {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    setTimeout(function () {
      for (const button of form.querySelectorAll("button:enabled:is([type=submit], :not([type]))")) {
        button.disabled = true;
        button.dataset.sent = "";
      }
    }, 0);
  }

  // A page brought back from the browser's memory has the buttons that were pressed disabled still.
  function onPageShow(event) {
    if (!event.persisted) return;
    for (const button of document.querySelectorAll("button[data-sent]")) {
      button.disabled = false;
      delete button.dataset.sent;
    }
  }

  // --- what a form would hit -----------------------------------------------------------------
  function countChosen() {
    for (const output of document.querySelectorAll("[data-counts]")) {
      const boxes = document.querySelectorAll('input[name="' + output.dataset.counts + '"]:checked');
      setText(output, String(boxes.length));
    }
  }

  // Who fills in what belongs to a choice has chosen it.
  function chooseOwner(event) {
    const nested = event.target.closest(".nested");
    const radio = nested && nested.previousElementSibling.querySelector("input[type=radio]");
    if (radio) radio.checked = true;
  }

  document.addEventListener("htmx:configRequest", function (event) {
    // Filters that filter nothing only make an address longer.
    const { formData, verb } = event.detail;
    if (verb !== "get") return;
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
  document.addEventListener("htmx:afterSettle", refreshTimes);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  document.addEventListener("change", countChosen);
  document.addEventListener("input", chooseOwner);
  window.addEventListener("pageshow", onPageShow);
  window.portal = { isTyping: isTyping, hasKeys: hasKeys, durationInWords: durationInWords };
  setUpThemeToggle();
  setUpKeysSwitch();
  countChosen();
  tellZone();
  refreshTimes();
  setInterval(refreshTimes, 1000);
})();
