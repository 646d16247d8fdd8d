// The search field: a combobox whose list follows every key.
"use strict";

const search = (() => {
  const MOST = 40;
  const field = document.getElementById("query");
  const box = document.getElementById("results-box");
  const list = document.getElementById("results");
  const note = document.getElementById("results-note");
  let found = [];
  let active = -1;

  /** Start listening; `leave` is called for Escape where no list is open. */
  function start(leave) {
    field.addEventListener("input", show);
    field.addEventListener("focus", () => field.value && show());
    field.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("search")) close();
    });
    document.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest("input, textarea, select");
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        field.focus();
        field.select();
      }
      if (event.key === "Escape") {
        if (box.hidden && !field.value) leave();
        else clear();
      }
    });
  }

  function clear() {
    field.value = "";
    close();
  }

  function close() {
    box.hidden = true;
    field.setAttribute("aria-expanded", "false");
    activate(-1);
  }

  function show() {
    const query = field.value.trim();
    if (!query) return close();
    const all = model.search(query);
    found = all.slice(0, MOST);
    list.replaceChildren(...found.map(option));
    note.textContent =
      all.length > MOST ? `The first ${MOST} of ${all.length}; another word narrows them down.`
      : all.length ? `${all.length} found` : `Nothing has the words “${query}”.`;
    box.hidden = false;
    field.setAttribute("aria-expanded", "true");
    return activate(found.length ? 0 : -1);
  }

  function option(entry, position) {
    const place = model.isColumn(entry) ? entry.table.name : entry.place;
    return dom.element(
      "li",
      {
        id: `result-${position}`, role: "option", "aria-selected": "false",
        click: () => open(entry), pointermove: () => activate(position),
      },
      dom.element("span", { class: "result-name" }, entry.name ?? entry.label),
      dom.element("span", { class: "result-place" }, place),
      dom.element("span", { class: "result-text" }, entry.description || "Raw column"),
    );
  }

  function activate(position) {
    active = position;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", i === position));
    if (position < 0) return field.removeAttribute("aria-activedescendant");
    list.children[position].scrollIntoView({ block: "nearest" });
    return field.setAttribute("aria-activedescendant", `result-${position}`);
  }

  function open(entry) {
    clear();
    location.hash = encodeURIComponent(entry.anchor);
  }

  function onKey(event) {
    if (box.hidden || !found.length) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) {
      event.preventDefault();
      activate((active + moves[event.key] + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      open(found[Math.max(active, 0)]);
    }
  }

  /** Put the reader into the field. */
  const focus = () => field.focus();

  return { start, focus };
})();
