// Completes names of packages in the editor of a set, and puts a near name where it is meant.
// Without this the editor is a plain text area; the server checks the lines either way.
(function () {
  "use strict";

  const text = document.getElementById("id_specs");
  const box = document.querySelector("[data-complete]");
  const list = document.getElementById("completions");
  const said = document.getElementById("completions-said");
  // What may stand before a name: nothing, or an operator and its bound follows later.
  const TYPED = /^(\s*[<>=~!]*)([A-Za-z0-9_][A-Za-z0-9_+./-]*)$/;
  const LEAST = 2;
  let chosen = -1;
  let asked = 0;
  let timer = 0;
  let isTaken = false;

  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-controls", "completions");

  function typed() {
    if (text.selectionStart !== text.selectionEnd) return null;
    const before = text.value.slice(0, text.selectionStart);
    const after = text.value.slice(text.selectionStart).split("\n", 1)[0];
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const found = TYPED.exec(line);
    if (!found || found[2].length < LEAST || after.trim() !== "") return null;
    return { word: found[2], from: text.selectionStart - found[2].length, line: before.split("\n").length };
  }

  function close() {
    asked += 1;
    list.hidden = true;
    list.replaceChildren();
    chosen = -1;
    text.removeAttribute("aria-activedescendant");
  }

  function place(line) {
    const style = getComputedStyle(text);
    const below = parseFloat(style.paddingTop) + line * parseFloat(style.lineHeight) - text.scrollTop;
    list.style.top = Math.min(below + 2, text.clientHeight) + "px";
    list.style.left = style.paddingLeft;
  }

  function option(completion, index) {
    const item = document.createElement("li");
    item.id = "completion-" + index;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.name = completion.name;
    for (const [tag, words, className] of [["strong", completion.name, "name"],
      ["code", completion.version, ""], ["span", completion.summary, "sub"]]) {
      const part = document.createElement(tag);
      part.textContent = words;
      part.className = className;
      item.append(part);
    }
    return item;
  }

  // Whoever has typed a whole name already wants a new line from Enter, not the longer name.
  function show(completions, here) {
    list.replaceChildren(...completions.map(option));
    list.hidden = completions.length === 0;
    said.textContent = completions.length
      ? completions.length + " packages; the arrow keys choose, Enter takes one" : "";
    if (list.hidden) return;
    place(here.line);
    if (!completions.some(function (one) { return one.name === here.word; })) choose(0);
  }

  function choose(index) {
    const options = list.children;
    chosen = (index + options.length) % options.length;
    for (const [number, item] of [...options].entries()) {
      item.setAttribute("aria-selected", String(number === chosen));
    }
    text.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  }

  function take(name) {
    const here = typed();
    isTaken = true;
    if (here) replace(here.from, text.selectionStart, name);
    close();
  }

  // As if it had been typed, so that it can be undone and the lines are checked anew.
  function replace(from, to, words) {
    text.focus();
    text.setRangeText(words, from, to, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function complete() {
    const here = typed();
    if (!here) { close(); return; }
    const number = asked += 1;
    fetch(box.dataset.complete + "?q=" + encodeURIComponent(here.word), { headers: { Accept: "application/json" } })
      .then(function (answer) { return answer.ok ? answer.json() : []; })
      .then(function (completions) {
        const isDone = completions.length === 1 && completions[0].name === here.word;
        if (number === asked) show(isDone ? [] : completions, here);
      })
      .catch(close);
  }

  function onKey(event) {
    if (list.hidden) return;
    const acts = {
      ArrowDown: function () { choose(chosen + 1); },
      ArrowUp: function () { choose(chosen - 1); },
      Enter: function () { take(list.children[chosen].dataset.name); },
      Tab: function () { take(list.children[chosen].dataset.name); },
      Escape: close
    };
    const act = acts[event.key];
    if (!act || event.isComposing || (chosen < 0 && ["Enter", "Tab"].includes(event.key))) return;
    event.preventDefault();
    act();
  }

  text.addEventListener("keydown", onKey);
  text.addEventListener("input", function () {
    clearTimeout(timer);
    if (!isTaken) timer = setTimeout(complete, 120);
    isTaken = false;
  });
  text.addEventListener("blur", close);
  list.addEventListener("mousedown", function (event) {
    const item = event.target.closest("[data-name]");
    event.preventDefault();
    if (item) take(item.dataset.name);
  });
  document.getElementById("set-lines").addEventListener("click", function (event) {
    const button = event.target.closest("button[data-line]");
    if (!button) return;
    const lines = text.value.split("\n");
    const index = Number(button.dataset.line) - 1;
    const from = lines.slice(0, index).join("\n").length + (index ? 1 : 0);
    const spec = lines[index].split("#")[0].trim();
    const start = from + lines[index].indexOf(spec);
    replace(start, start + spec.length, button.dataset.name);
  });
})();
