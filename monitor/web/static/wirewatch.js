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
    let stream = null;
    const look = () => {
      if (!waiting || document.hidden || busy()) return;
      waiting = false;
      renew();
    };
    const changed = (event) => {
      const shown = (live().dataset.live || "").split(" ");
      waiting ||= event.data.split(" ").some((subject) => shown.includes(subject));
      look();
    };
    // A browser has six connections for all its tabs: one that nobody sees keeps none of them.
    const listen = () => {
      stream?.close();
      stream = document.hidden ? null : new EventSource("/events");
      stream?.addEventListener("changed", changed);
    };
    document.addEventListener("visibilitychange", () => {
      listen();
      waiting ||= !document.hidden;
      look();
    });
    document.addEventListener("focusout", () => setTimeout(look, 300));
    addEventListener("pagehide", () => stream?.close());
    listen();
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
})();
