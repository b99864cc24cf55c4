// The log of a run: a window of the file, in blocks that know their byte offsets. It follows the end
// while somebody looks, and reaches back or forward when one scrolls to its edge.
(function () {
  "use strict";
  const MOST_BYTES = 1024 * 1024; // kept in the page; the rest is fetched again when it is scrolled to
  const TAIL = 64 * 1024; // bytes of a finished or far advanced log that are shown at first
  const FAR_BEHIND = 2 * 1024 * 1024; // following, it is better to skip than to lag
  const SMALL_BLOCK = 64 * 1024; // what a live log brings is added to its last block up to this
  const FAST = 1000, SLOW = 15000, LATEST_RETRY = 10000, EDGE = 400;

  const box = document.getElementById("log-lines");
  const state = document.getElementById("log-state");
  const follow = document.getElementById("log-follow");
  const earlier = edge("log-earlier");
  const later = edge("log-later");
  const partial = document.createElement("div");
  let size = 0;
  let isOver = false;
  let isAsking = false;
  let failures = 0;
  let timer = 0;
  let generation = 0; // answers to questions of an earlier start are thrown away

  function edge(name) {
    const element = document.createElement("div");
    element.className = "log-gap " + name;
    element.hidden = true;
    return element;
  }

  function blocks() { return box.getElementsByClassName("log-block"); }
  function begin() { return blocks().length ? Number(blocks()[0].dataset.start) : 0; }
  function end() { return blocks().length ? Number(blocks()[blocks().length - 1].dataset.end) : 0; }

  // --- asking --------------------------------------------------------------------------------
  function open(query, then) {
    generation += 1;
    clearTimeout(timer);
    box.replaceChildren(earlier, later, partial);
    partial.replaceChildren();
    isAsking = false;
    ask(query, then || showLater);
  }

  async function ask(query, use) {
    if (isAsking) return;
    const mine = generation;
    clearTimeout(timer);
    isAsking = true;
    let answer;
    try {
      const response = await fetch(box.dataset.url + "?" + query, {
        headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(20000),
      });
      if (response.type === "opaqueredirect") location.reload(); // the session has ended
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch {
      if (mine !== generation) return;
      isAsking = false;
      failures += 1;
      if (failures > 1) window.portal.showConnection(false);
      timer = setTimeout(ask, Math.min(FAST * failures, LATEST_RETRY), query, use);
      return;
    }
    if (mine !== generation) return;
    isAsking = false;
    if (failures) window.portal.showConnection(true);
    failures = 0;
    size = answer.size;
    isOver = answer.is_over;
    use(answer);
    showEdges();
    state.textContent = inWords(answer);
    next();
  }

  function inWords(answer) {
    if (answer.is_removed) return "It is kept no longer";
    if (answer.size) return "";
    return answer.is_over ? "Nothing was printed" : "Nothing was printed yet";
  }

  function next() {
    clearTimeout(timer);
    const behind = size - end();
    const wanted = follow.checked || toEnd() < EDGE;
    if (behind > FAR_BEHIND && follow.checked) open("align=1&offset=" + (size - TAIL));
    else if (box.scrollTop < EDGE && begin() > 0 && !follow.checked) ask("before=" + begin(), showEarlier);
    else if (behind > partialBytes && wanted) ask("offset=" + end(), showLater);
    else if (!isOver) timer = setTimeout(wanted ? look : next, document.hidden ? SLOW : FAST);
  }

  function look() { ask("offset=" + end(), showLater); }

  // --- showing -------------------------------------------------------------------------------
  let partialBytes = 0; // of a last line that has no end yet

  // The portal has escaped the text; only its own elements for lines and colours are in it.
  function block(answer) {
    const element = document.createElement("div");
    element.className = "log-block";
    element.dataset.start = answer.start;
    element.dataset.end = answer.offset;
    element.innerHTML = answer.html;
    return element;
  }

  function showLater(answer) {
    const last = blocks()[blocks().length - 1];
    const isSmall = last && last.dataset.end === String(answer.start)
      && answer.offset - Number(last.dataset.start) < SMALL_BLOCK;
    if (isSmall) {
      last.insertAdjacentHTML("beforeend", answer.html);
      last.dataset.end = answer.offset;
    } else {
      later.before(block(answer));
    }
    partial.innerHTML = answer.partial;
    partialBytes = answer.html ? 0 : answer.size - answer.offset;
    while (blocks().length > 1 && end() - begin() > MOST_BYTES) keepingPlace(() => blocks()[0].remove());
    if (follow.checked) box.scrollTop = box.scrollHeight;
  }

  function showEarlier(answer) {
    keepingPlace(() => earlier.after(block(answer)));
    while (blocks().length > 1 && end() - begin() > MOST_BYTES) blocks()[blocks().length - 1].remove();
    if (end() < size) partial.replaceChildren();
  }

  function keepingPlace(change) {
    const height = box.scrollHeight;
    change();
    box.scrollTop += box.scrollHeight - height;
    lastTop = box.scrollTop;
  }

  function showEdges() {
    const after = partial.childNodes.length ? 0 : size - end();
    keepingPlace(function () { label(earlier, begin(), " bytes before this"); });
    label(later, after, " bytes after this");
  }

  function label(element, bytes, words) {
    element.hidden = bytes <= 0;
    element.textContent = bytes > 0 ? "… " + bytes.toLocaleString() + words : "";
  }

  // --- moving about --------------------------------------------------------------------------
  // Shows the line at an offset, marked, with what stands before it above.
  function jump(offset) {
    follow.checked = false;
    open("offset=" + offset, function (answer) {
      showLater(answer);
      const line = box.querySelector(".log-block > div") || partial;
      line.classList.add("log-hit");
      if (answer.start === 0) return;
      ask("before=" + answer.start, function (before) {
        showEarlier(before);
        const above = line.getBoundingClientRect().top - box.getBoundingClientRect().top;
        box.scrollTop += above - box.clientHeight / 3;
        lastTop = box.scrollTop;
      });
    });
  }

  function toEnd() { return box.scrollHeight - box.scrollTop - box.clientHeight; }

  // Scrolling up stops following; scrolling down to the end begins it again.
  let lastTop = 0;
  box.addEventListener("scroll", function () {
    const isUp = box.scrollTop < lastTop - 2;
    if (isUp && toEnd() >= 4) follow.checked = false;
    else if (box.scrollTop > lastTop && toEnd() < 4 && size - end() <= partialBytes) follow.checked = !isOver;
    lastTop = box.scrollTop;
    if (!isAsking && (isUp ? box.scrollTop < EDGE && begin() > 0 : toEnd() < EDGE && size > end())) next();
  });
  follow.addEventListener("change", function () {
    if (!follow.checked) return;
    if (size - end() > partialBytes) open("align=1&offset=-" + TAIL);
    box.scrollTop = box.scrollHeight;
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "f" || event.ctrlKey || event.metaKey || window.portal.isTyping(event.target)) return;
    if (window.portal.hasKeys()) follow.click();
  });
  document.getElementById("log-begin").addEventListener("click", function () {
    follow.checked = false;
    open("offset=0");
  });
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && !failures && !isAsking) next();
  });
  // A step's or a failure's link into this log need not load the page again.
  document.addEventListener("click", function (event) {
    const link = event.target.closest('a[href*="?offset="][href$="#log"]');
    if (!link || link.pathname !== location.pathname || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    jump(Number(new URL(link.href).searchParams.get("offset")));
    document.getElementById("log").scrollIntoView();
  });
  window.portalLog = { jump: jump };

  if (box.dataset.offset) jump(Number(box.dataset.offset) || 0);
  else open("align=1&offset=-" + TAIL);
})();
