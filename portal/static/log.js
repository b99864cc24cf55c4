// Follows the log of a run by byte offset: fast while it grows and somebody looks, slow otherwise.
(function () {
  "use strict";
  const MOST_LINES = 5000; // kept in the page; the whole log is a link away
  const TAIL = 128 * 1024; // bytes of a finished or far advanced log that are shown at first
  const FAR_BEHIND = 2 * 1024 * 1024; // following, it is better to skip than to lag
  const FAST = 1000, SLOW = 15000, LATEST_RETRY = 10000;

  const box = document.getElementById("log-lines");
  const state = document.getElementById("log-state");
  const follow = document.getElementById("log-follow");
  const partial = document.createElement("div");
  let offset = 0;
  let failures = 0;
  let timer = 0;
  let generation = 0; // answers to questions of an earlier start are thrown away

  function start(query) {
    generation += 1;
    clearTimeout(timer);
    box.replaceChildren(partial);
    partial.replaceChildren();
    ask(query);
  }

  async function ask(query) {
    const mine = generation;
    let answer;
    try {
      const response = await fetch(box.dataset.url + "?" + query, {
        headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(20000),
      });
      if (response.type === "opaqueredirect") location.reload(); // the session has ended
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch {
      if (mine === generation) retry(query);
      return;
    }
    if (mine !== generation) return;
    if (failures) window.portal.showConnection(true);
    failures = 0;
    show(answer);
    next(answer);
  }

  function retry(query) {
    failures += 1;
    if (failures > 1) window.portal.showConnection(false);
    timer = setTimeout(ask, Math.min(FAST * failures, LATEST_RETRY), query);
  }

  function next(answer) {
    const behind = answer.size - answer.offset;
    if (follow.checked && behind > FAR_BEHIND) {
      addGap(behind - TAIL);
      ask("align=1&offset=" + (answer.size - TAIL));
    } else if (behind > 0 && answer.html) {
      // More than a page's worth behind and not following: the reader goes on by scrolling.
      if (follow.checked || nearEnd()) ask("offset=" + answer.offset);
      else timer = setTimeout(next, FAST, answer);
    } else if (answer.is_over) {
      state.textContent = answer.size ? "" : "Nothing was printed";
    } else {
      state.textContent = answer.size ? "" : "Nothing was printed yet";
      timer = setTimeout(ask, document.hidden ? SLOW : FAST, "offset=" + answer.offset);
    }
  }

  function show(answer) {
    if (answer.start > 0 && box.childElementCount === 1) addGap(answer.start);
    offset = answer.offset;
    // The portal has escaped the text; only its own elements for lines and colours are in it.
    partial.insertAdjacentHTML("beforebegin", answer.html);
    partial.innerHTML = answer.partial;
    trim();
    if (follow.checked) box.scrollTop = box.scrollHeight;
  }

  function trim() {
    const surplus = box.childElementCount - MOST_LINES;
    if (surplus <= 0) return;
    const height = box.scrollHeight;
    const range = document.createRange();
    range.setStartBefore(box.firstElementChild);
    range.setEndBefore(box.children[surplus]);
    range.deleteContents();
    if (!follow.checked) box.scrollTop -= height - box.scrollHeight;
  }

  function addGap(bytes) {
    const gap = document.createElement("div");
    gap.className = "log-gap";
    gap.textContent = "… " + bytes.toLocaleString() + " bytes are not shown here; the whole log has them";
    partial.before(gap);
  }

  function nearEnd() {
    return box.scrollHeight - box.scrollTop - box.clientHeight < 400;
  }

  function atEnd() {
    return box.scrollHeight - box.scrollTop - box.clientHeight < 4;
  }

  // Scrolling up stops following; scrolling down to the end begins it again.
  let lastTop = 0;
  box.addEventListener("scroll", function () {
    if (box.scrollTop < lastTop - 2 && !atEnd()) follow.checked = false;
    else if (atEnd() && box.scrollTop > lastTop) follow.checked = true;
    lastTop = box.scrollTop;
  });
  follow.addEventListener("change", function () {
    if (follow.checked) box.scrollTop = box.scrollHeight;
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "f" || event.ctrlKey || event.metaKey || window.portal.isTyping(event.target)) return;
    follow.click();
  });
  document.getElementById("log-begin").addEventListener("click", function () {
    follow.checked = false;
    start("offset=0");
  });
  document.addEventListener("visibilitychange", function () {
    if (document.hidden || failures) return;
    clearTimeout(timer);
    generation += 1;
    ask("offset=" + offset);
  });

  if (box.dataset.offset) {
    follow.checked = false;
    start("offset=" + encodeURIComponent(box.dataset.offset));
  } else {
    start("align=1&offset=-" + TAIL);
  }
})();
