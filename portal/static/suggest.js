// The search box suggests packages while one types: a combobox as ARIA describes it.
(function () {
  "use strict";
  const input = document.querySelector("input[data-suggest]");
  if (!input) return;
  const WAIT = 120; // ms without a key before anybody is asked
  const list = document.getElementById(input.getAttribute("aria-controls"));
  const told = document.getElementById(input.dataset.told);
  let timer = 0;
  let asked = null; // the request under way
  let active = -1;

  function close() {
    clearTimeout(timer);
    if (asked) asked.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    const options = list.children;
    if (!options.length) return;
    if (active >= 0) options[active].setAttribute("aria-selected", "false");
    active = (index + options.length) % options.length;
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  }

  function row(name, summary, address, index) {
    const option = document.createElement("li");
    option.id = list.id + "-" + index;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.address = new URL(address).pathname; // the reader stays at this address of ours
    const title = document.createElement("span");
    title.className = "suggestion-name";
    title.textContent = name;
    const text = document.createElement("span");
    text.className = "suggestion-summary";
    text.textContent = summary;
    option.append(title, text);
    return option;
  }

  function show([, names, summaries, addresses]) {
    list.replaceChildren(...names.map(function (name, index) {
      return row(name, summaries[index], addresses[index], index);
    }));
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = names.length === 0;
    input.setAttribute("aria-expanded", String(names.length > 0));
    told.textContent = names.length === 1 ? "1 suggestion" : names.length + " suggestions";
  }

  async function ask() {
    const words = input.value.trim();
    if (asked) asked.abort();
    if (words.length < 2) return close();
    asked = new AbortController();
    const address = input.dataset.suggest + "?q=" + encodeURIComponent(words);
    try {
      const response = await fetch(address, { credentials: "same-origin", signal: asked.signal });
      if (response.ok && document.activeElement === input) show(await response.json());
    } catch (error) {
      if (error.name !== "AbortError") close(); // no connection: the form still searches
    }
  }

  function onKey(event) {
    const isOpen = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) ask();
      else if (active < 0) mark(event.key === "ArrowDown" ? 0 : -1);
      else mark(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      close();
    } else if (event.key === "Enter" && isOpen && active >= 0) {
      event.preventDefault();
      window.location.assign(list.children[active].dataset.address);
    }
  }

  input.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", onKey);
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", function (event) {
    event.preventDefault(); // the field keeps the focus, or its list would be gone before the click
  });
  list.addEventListener("click", function (event) {
    const option = event.target.closest("[role=option]");
    if (option) window.location.assign(option.dataset.address);
  });
})();
