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

  // --- Stories: the keyboard walks through rows, and what is done to one keeps the place.
  // j and k go down and up, o opens the article, Enter the story, e keeps, n calls noise, m mutes.

  const rows = () => [...document.querySelectorAll(".row")];
  const current = () => document.activeElement?.closest?.(".row");
  const settle = (row) => {
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = rows();
    const at = all.indexOf(current());
    settle(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))]);
  };
  const press = (name) => {
    const wanted = current()?.querySelector(`[data-key="${name}"]`);
    wanted?.click();
    // What opens below a summary is where one goes on.
    if (wanted?.matches("summary") && wanted.parentElement.open)
      wanted.parentElement.querySelector("button[name=until]")?.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, textarea, select, [contenteditable]")) return;
    const keys = { j: () => step(1), k: () => step(-1), "/": () => document.querySelector("[type=search]")?.focus() };
    for (const name of ["o", "e", "n", "m"]) keys[name] = () => press(name);
    // On a link or a button, Enter is that link's or button's.
    if (event.target.matches(".row")) keys.Enter = () => press("Enter");
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
    // Lines have numbers, which a script alone can keep beside them.
    const numbers = document.createElement("pre");
    numbers.className = "numbers";
    numbers.setAttribute("aria-hidden", "true");
    text().before(numbers);
    const number = () => {
      const count = text().value.split("\n").length;
      if (numbers.dataset.count !== String(count)) {
        numbers.dataset.count = count;
        numbers.textContent = Array.from({ length: count }, (_, at) => at + 1).join("\n");
      }
      numbers.scrollTop = text().scrollTop;
    };
    bench.addEventListener("input", number);
    bench.addEventListener("scroll", number, true);
    new ResizeObserver(() => (numbers.style.height = `${text().offsetHeight}px`)).observe(text());
    number();
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

  // A row that is gone leaves its place to the next one; what was open stays open.
  let place = -1;
  let open = [];
  document.addEventListener("htmx:before:swap", () => {
    place = rows().indexOf(current());
    open = [...document.querySelectorAll("#live details[open][id]")].map((each) => each.id);
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const id of open) {
      const was = document.getElementById(id);
      if (was && !was.matches(".muting")) was.open = true;
    }
    const lost = !document.activeElement || document.activeElement === document.body || document.activeElement === live();
    const all = rows();
    if (place >= 0 && (lost || !current()) && all.length) settle(all[Math.min(place, all.length - 1)]);
    place = -1;
  });
})();
