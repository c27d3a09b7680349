// What pages do beyond links and forms: renew themselves when there is news, and obey the keyboard.
// Everything works without this file; it only saves steps.
"use strict";

(() => {
  const live = () => document.getElementById("live");

  // --- News: the server says in which subjects; a page that shows one of them loads itself anew.

  const busy = () => {
    const at = document.activeElement;
    return at && at.matches("input, textarea, select") && live().contains(at);
  };
  const renew = () =>
    htmx.ajax("GET", location.href, { target: "#live", select: "#live", swap: "outerMorph" });

  if (live()?.dataset.live && window.EventSource) {
    let waiting = false;
    const stream = new EventSource("/events");
    const look = () => {
      if (!waiting || document.hidden || busy()) return;
      waiting = false;
      renew();
    };
    stream.addEventListener("changed", (event) => {
      const shown = (live().dataset.live || "").split(" ");
      waiting ||= event.data.split(" ").some((subject) => shown.includes(subject));
      look();
    });
    document.addEventListener("visibilitychange", look);
    document.addEventListener("focusout", () => setTimeout(look, 300));
    addEventListener("pagehide", () => stream.close());
  }

  // --- The keyboard: j and k walk through rows, o opens one, K keeps it, n calls it noise.

  const rows = () => [...document.querySelectorAll(".row")];
  const current = () => document.activeElement?.closest?.(".row");
  const step = (by) => {
    const all = rows();
    const at = all.indexOf(current());
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const press = (name) => current()?.querySelector(`[data-key="${name}"]`)?.click();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select, [contenteditable]")) return;
    const keys = { j: () => step(1), k: () => step(-1), "/": () => document.querySelector("[type=search]")?.focus() };
    for (const name of ["o", "e", "n", "m"]) keys[name] = () => press(name);
    if (!keys[event.key] || (!rows().length && event.key !== "/")) return;
    event.preventDefault();
    keys[event.key]();
  });

  // --- The workbench: Ctrl+S saves, a remark leads to its line, panels ask when they are opened.

  const bench = document.querySelector("[data-bench]");
  if (bench) {
    const text = () => document.getElementById("text");
    bench.elements.bench.value = Math.random().toString(36).slice(2);
    const ask = (panel) => htmx.trigger(panel.querySelector("[hx-post]"), "ask");
    for (const panel of bench.querySelectorAll("[data-panel]")) {
      panel.addEventListener("toggle", () => panel.open && ask(panel));
    }
    let later;
    bench.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(() => bench.querySelectorAll("[data-panel][open]").forEach(ask), 900);
    });
    bench.addEventListener("click", (event) => {
      const to = event.target.closest("a[href$='-panel']");
      if (to) document.querySelector(to.hash).open = true;
      const remark = event.target.closest("[data-line]");
      if (!remark) return;
      event.preventDefault();
      const lines = text().value.split("\n");
      const line = Math.min(remark.dataset.line, lines.length) - 1;
      const start = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0);
      text().focus();
      text().setSelectionRange(start + Math.max(0, remark.dataset.column - 1), start + lines[line].length);
      text().scrollTop = (text().scrollHeight / lines.length) * Math.max(0, line - 5);
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") {
        event.preventDefault();
        bench.querySelector("[value=save]")?.click();
      }
    });
    // A text that came from the server is a change like one that was typed.
    document.addEventListener("htmx:after:swap", () => {
      if (text().dataset.seen === undefined) {
        text().dataset.seen = "";
        text().dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
    text().dataset.seen = "";
    const opened = text().value;
    addEventListener("beforeunload", (event) => {
      if (text().value !== opened && !bench.dataset.sent) event.preventDefault();
    });
    bench.addEventListener("submit", () => (bench.dataset.sent = "yes"));
  }
})();
