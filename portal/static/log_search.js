// Searching in the whole log of a run: the portal looks through it, piece by piece.
(function () {
  "use strict";
  const form = document.getElementById("log-search");
  const words = document.getElementById("log-found");
  const input = form.elements.q;
  let hit = null; // the offset of the line that is shown
  let generation = 0;

  async function search(isBack) {
    const mine = ++generation;
    const text = input.value;
    if (!text) return;
    const onward = isBack ? "before" : "from";
    let where = hit === null ? [onward, isBack ? Number.MAX_SAFE_INTEGER : 0] : [isBack ? "before" : "after", hit];
    while (where !== null) {
      const answer = await asked(new URLSearchParams([["q", text], ["most", 1], where]));
      if (mine !== generation) return;
      if (!answer) {
        words.textContent = "The portal does not answer";
        return;
      }
      if (answer.hits.length) {
        show(answer);
        return;
      }
      where = answer.goes_on === null ? null : [onward, answer.goes_on];
      if (where) words.textContent = "Nothing up to " + percent(answer.goes_on, answer.size) + ", goes on";
    }
    words.textContent = hit === null ? "Not found" : "No more of it; once more begins anew";
    hit = null;
  }

  async function asked(query) {
    try {
      const response = await fetch(form.dataset.url + "?" + query, { signal: AbortSignal.timeout(30000) });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  function show(answer) {
    hit = answer.hits[0].offset;
    words.textContent = "At " + percent(hit, answer.size);
    window.portalLog.jump(hit);
  }

  function percent(offset, size) {
    return Math.round(100 * offset / Math.max(size, 1)) + " %";
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    search(event.submitter !== null && event.submitter.value === "previous");
  });
  input.addEventListener("keydown", function (event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    search(event.shiftKey);
  });
  input.addEventListener("input", function () {
    generation += 1;
    hit = null;
    words.textContent = "";
  });
})();
