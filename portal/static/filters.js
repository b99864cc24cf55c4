// The catalogue's filters: what is empty is not sent, long lists of choices come when asked for.
(function () {
  "use strict";
  const form = document.querySelector("form[data-filters]");
  if (!form) return;

  // Filters that filter nothing only make an address longer.
  let empty = [];
  form.addEventListener("submit", function () {
    empty = [...form.elements].filter((field) => field.name && field.value === "");
    for (const field of empty) field.disabled = true;
  });
  window.addEventListener("pageshow", function () {
    for (const field of empty) field.disabled = false;
  });

  // What is chosen is shown at once, below; what is typed waits for Enter, and may lead elsewhere.
  form.addEventListener("change", function (event) {
    if (event.target.matches("select, input[type=checkbox]")) htmx.trigger(form, "choose");
  });

  for (const input of form.querySelectorAll("input[data-choices]")) {
    const list = document.getElementById(input.getAttribute("list"));
    let words = null;

    // Of several words the last one is completed; the list has to begin with those before it.
    function offer() {
      if (words === null) return;
      const before = input.value.replace(/\S*$/, "");
      list.replaceChildren(...words.map(function (word) {
        const option = document.createElement("option");
        option.value = before + word;
        return option;
      }));
    }

    input.addEventListener("focus", async function () {
      if (words !== null) return;
      words = [];
      const response = await fetch(input.dataset.choices, { credentials: "same-origin" });
      if (response.ok) words = (await response.json()).choices;
      offer();
    });
    input.addEventListener("input", function (event) {
      if (event.data === " ") offer();
    });
  }
})();
