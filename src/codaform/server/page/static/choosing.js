// Choosing one or several items of a list by a part of the name: options, rows of another table, people.

import { complain, get } from "./asking.js";
import { wayOf } from "./moving.js";

/** Fills a box with the control. done: Takes the value, or undefined for none, and the way on. */
export function choose(box, cell, head, raw, typed, done) {
  const { kind, many, target } = head.dataset;
  const several = Boolean(many);
  const given = several ? raw : Array.isArray(raw) && kind === "relation" ? [raw] : raw === "" ? [] : [raw];
  // Each choice is what is sent and what is shown.
  const picked = new Map(given.map((item) => (Array.isArray(item) ? item : [item, item])));
  const value = () => (several ? [...picked.keys()] : ([...picked.keys()][0] ?? ""));
  const before = JSON.stringify(value());
  const changed = () => (JSON.stringify(value()) === before ? undefined : value());
  const finish = (way = "") => done(changed(), way);

  box.classList.add("choice");
  const chips = document.createElement("div");
  chips.className = "picked";
  const input = document.createElement("input");
  input.placeholder = kind === "relation" ? "Find a row" : kind === "person" ? "Find somebody" : "Find an option";
  input.value = typed && typed !== " " ? typed : "";
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "true");
  input.setAttribute("aria-controls", "options");
  input.setAttribute("aria-autocomplete", "list");
  const list = document.createElement("ul");
  list.className = "options";
  list.id = "options";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-multiselectable", String(several));
  box.append(chips, input, list);

  let at = 0;
  let shown = [];
  let asked = 0;
  let moved = false; // Whether an offer was chosen with the arrows.
  let looking = Promise.resolve([]);
  let picking = null; // Of several: the names typed so far, whose offers may be missing yet.

  function drawPicked() {
    chips.replaceChildren();
    for (const [id, text] of several ? picked : []) {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.className = "chip";
      chip.tabIndex = -1;
      chip.textContent = text;
      chip.setAttribute("aria-label", `Without ${text}`);
      chip.addEventListener("mousedown", (event) => {
        event.preventDefault();
        picked.delete(id);
        draw();
      });
      chips.append(chip);
    }
  }

  function draw() {
    drawPicked();
    list.replaceChildren();
    shown.forEach(([id, text, beside], index) => {
      const item = document.createElement("li");
      item.id = `option-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(picked.has(id)));
      item.classList.toggle("at", index === at);
      item.append(pictured(kind, text, head));
      if (beside) {
        const more = document.createElement("small");
        more.textContent = beside;
        item.append(more);
      }
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(index);
      });
      list.append(item);
    });
    if (!shown.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = "nothing like this";
      list.append(none);
    }
    input.setAttribute("aria-activedescendant", shown.length ? `option-${at}` : "");
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function take(index) {
    const found = shown[index];
    if (!found) return;
    const [id, text] = found;
    if (!several) {
      picked.clear();
      picked.set(id, text);
      finish();
    } else {
      if (!picked.delete(id)) picked.set(id, text);
      input.value = "";
      look();
    }
  }

  function look() {
    const turn = ++asked;
    const found = offered(kind, target, head, input.value);
    moved = false;
    looking = found.then((offers) => {
      if (turn !== asked) return offers;
      shown = offers;
      at = Math.max(0, nearest(offers, input.value));
      draw();
      return offers;
    });
  }

  /** The offer for what is typed, the chosen one, or none. whole: Whether only its whole name counts. */
  async function sought(whole = false) {
    const text = input.value.trim();
    const chosen = moved ? shown[at] : undefined;
    if (chosen || !text) return chosen;
    const offers = await looking;
    const index = whole ? exact(offers, text) : Math.max(0, nearest(offers, text));
    if (!offers[index]) complain(`Nothing is called “${text}”; it is not written.`);
    return offers[index];
  }

  /** Takes one of several, and leaves the field to the next name at once. */
  function pick() {
    const next = sought();
    input.value = "";
    look();
    picking = Promise.all([next, picking]).then(([found]) => {
      if (found && !picked.delete(found[0])) picked.set(found[0], found[1]);
      drawPicked();
    });
  }

  /** Ends with what is typed, although its offers may be missing yet. */
  function finishTyped(way = "", whole = false) {
    if (!picking && !moved && !input.value.trim()) {
      finish(way);
      return;
    }
    const ended = Promise.all([sought(whole), picking]).then(([found]) => {
      if (found && !several) picked.clear();
      if (found) picked.set(found[0], found[1]);
      return changed();
    });
    done(ended, way);
  }

  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const way = wayOf(event);
    if (event.isComposing) return;
    if (steps && shown.length) {
      event.preventDefault();
      // The first arrow down chooses the first offer, unless the typed text has chosen one.
      at = moved || input.value.trim() || steps < 0 ? (at + steps + shown.length) % shown.length : 0;
      moved = true;
      draw();
    } else if (several && event.key === "Enter" && !event.ctrlKey && !event.metaKey && (moved || input.value.trim())) {
      event.preventDefault();
      pick();
    } else if (way) {
      event.preventDefault();
      finishTyped(way);
    } else if (event.key === "Escape") {
      event.preventDefault();
      done(undefined);
    } else if (event.key === "Backspace" && !input.value && picked.size) {
      picked.delete([...picked.keys()].pop());
      if (several) draw();
      else finish();
    }
  });
  // A click elsewhere takes the typed text only if it is an exact name.
  input.addEventListener("blur", () => setTimeout(() => box.isConnected && finishTyped("", true), 0));
  look();
}

const folded = (text) => text.trim().toLowerCase();
const exact = (offers, text) => offers.findIndex(([, name]) => folded(name) === folded(text));

/** The offer for a text: the one with that name, else the first that begins so; -1 without either. */
function nearest(offers, text) {
  const same = exact(offers, text);
  return same >= 0 ? same : offers.findIndex(([, name]) => folded(name).startsWith(folded(text)));
}

async function offered(kind, target, head, text) {
  if (kind === "relation") return (await (await get("/choices", { table: target, text })).json()).rows;
  const wanted = text.trim().toLowerCase();
  if (kind === "person") {
    const { people } = await (await get("/people")).json();
    const known = people.map(([name, mail]) => [mail || name, name, mail]);
    const found = known.filter((item) => item.join(" ").toLowerCase().includes(wanted));
    return found.length || !text.trim() ? found : [[text.trim(), text.trim(), "somebody new"]];
  }
  const options = JSON.parse(head.dataset.options || "[]");
  return options.filter((name) => name.toLowerCase().includes(wanted)).map((name) => [name, name]);
}

function pictured(kind, text, head) {
  const shown = document.createElement("span");
  shown.textContent = text;
  if (kind === "select") shown.className = `pill p${JSON.parse(head.dataset.options || "[]").indexOf(text) % 8}`;
  if (kind === "relation") shown.className = "chip";
  return shown;
}
