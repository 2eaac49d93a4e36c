"use strict";
// Pointing at a quantity lights it wherever it stands: formula, line of the program, picture.
(() => {
  const root = document.documentElement;
  const places = new Map();
  for (const place of document.querySelectorAll("[data-q]")) {
    const name = place.getAttribute("data-q");
    if (!places.has(name)) places.set(name, []);
    places.get(name).push(place);
  }
  const readout = document.querySelector(".readout");
  root.classList.add("scripted");
  const wide = matchMedia("(min-width: 64rem)");
  let lit = [];
  let pinned = false;

  const mark = (name, kind) => {
    for (const place of places.get(name) || []) {
      place.classList.add(kind);
      lit.push([place, kind]);
    }
  };

  // Scrolls the picture and the program, each within itself, to what is lit.
  const bring = (name) => {
    for (const box of wide.matches ? document.querySelectorAll(".beside .picture, .beside .program") : []) {
      const place = [...box.querySelectorAll("[data-q]")].find((p) => p.getAttribute("data-q") === name);
      if (!place) continue;
      const [outer, inner] = [box.getBoundingClientRect(), place.getBoundingClientRect()];
      if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 30;
      if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 30;
    }
  };

  const tell = (name) => {
    if (!readout) return;
    const step = document.getElementById("step-" + name);
    const line = [...document.querySelectorAll("main .step .line")].find((l) => l.getAttribute("data-q") === name);
    const told = [];
    if (step) {
      for (const part of step.querySelectorAll(".meaning, .equation, .numbers, .value")) {
        told.push(part.cloneNode(true));
      }
      if (line) {
        const code = document.createElement("pre");
        code.append(line.cloneNode(true));
        told.push(code);
      }
    } else {
      const row = document.querySelector(`tr[data-q="${CSS.escape(name)}"]`);
      if (row) {
        const said = document.createElement("p");
        for (const cell of row.cells) said.append(...cell.cloneNode(true).childNodes, " ");
        told.push(said);
      }
    }
    for (const part of told) {
      for (const inner of [part, ...part.querySelectorAll("[id], .lit, .here")]) {
        inner.removeAttribute("id");
        inner.classList.remove("lit", "here");
      }
    }
    if (!told.length) {
      const hint = document.createElement("p");
      hint.className = "meaning";
      hint.textContent = "Point at a formula, a line of code or a box: what belongs together lights up.";
      readout.replaceChildren(hint);
    } else {
      readout.replaceChildren(...told);
    }
    readout.classList.toggle("shown", told.length > 0);
  };

  tell("");

  const clear = () => {
    for (const [place, kind] of lit) place.classList.remove(kind);
    lit = [];
  };

  // The step that is pointed at, and within it the symbol: both light up, each in its colour.
  const light = (target) => {
    const inner = target && target.closest && target.closest("[data-q]");
    clear();
    if (!inner) return false;
    const outer = inner.closest(".step, .line, tr[data-q]") || inner;
    const [near, far] = [inner.getAttribute("data-q"), outer.getAttribute("data-q")];
    if (far) mark(far, "here");
    if (near !== far) mark(near, "lit");
    const seen = near === far && outer.matches(".step") && !wide.matches;
    tell(seen ? "" : near);
    if (!inner.closest(".beside")) bring(far || near);
    return true;
  };

  const unpin = () => {
    pinned = false;
    clear();
    if (readout) readout.classList.remove("shown");
  };

  document.addEventListener("pointerover", (event) => {
    if (!pinned && event.pointerType === "mouse" && !event.target.closest(".readout")) light(event.target);
  });
  document.addEventListener("focusin", (event) => {
    if (!pinned && event.target.matches("[data-q]")) light(event.target);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("a, .readout")) return;
    pinned = light(event.target);
    if (!pinned) unpin();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") unpin();
  });
})();
