// Choosing one or several items of a list by a part of the name: options, rows of another table, people.

import { complain, get } from "./asking.js";

/** Fills a box with the control. done: Takes the value, or undefined for none, and where the focus goes. */
export function choose(box, cell, head, raw, typed, done) {
  const { kind, many, target } = head.dataset;
  const several = Boolean(many);
  const given = several ? raw : Array.isArray(raw) && kind === "relation" ? [raw] : raw === "" ? [] : [raw];
  // Each choice is what is sent and what is shown.
  const picked = new Map(given.map((item) => (Array.isArray(item) ? item : [item, item])));
  const value = () => (several ? [...picked.keys()] : ([...picked.keys()][0] ?? ""));
  const before = JSON.stringify(value());
  const finish = (to = 0) => done(JSON.stringify(value()) === before ? undefined : value(), to);

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
  let looking = Promise.resolve();

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
    looking = found.then((offers) => {
      if (turn !== asked) return;
      shown = offers;
      at = Math.max(0, nearest(offers, input.value));
      draw();
    });
  }

  /** Takes the typed text although its offers may be missing yet: the first offer once they arrive. */
  function finishTyped(to) {
    const text = input.value.trim();
    if (!text) {
      finish(to);
      return;
    }
    const chosen = looking.then(() => {
      const found = shown[at];
      if (!found) {
        complain(`Nothing is called “${text}”; the cell stays as it was.`);
        return undefined;
      }
      if (!several) picked.clear();
      picked.set(found[0], found[1]);
      return value();
    });
    done(chosen, to);
  }

  input.addEventListener("input", look);
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (steps && shown.length) {
      event.preventDefault();
      at = (at + steps + shown.length) % shown.length;
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (several && !input.value && (event.ctrlKey || event.metaKey)) finish();
      else if (several) looking.then(() => (shown.length ? take(at) : finish()));
      else if (input.value.trim()) finishTyped(0);
      else if (shown.length) take(at);
      else finish();
    } else if (event.key === "Tab") {
      event.preventDefault();
      finishTyped(event.shiftKey ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (several) finish();
      else done(undefined);
    } else if (event.key === "Backspace" && !input.value && picked.size) {
      picked.delete([...picked.keys()].pop());
      if (several) draw();
      else finish();
    }
  });
  // A click elsewhere takes the typed text only if it is an exact name.
  input.addEventListener("blur", () =>
    setTimeout(() => (exact(shown, input.value) < 0 ? finish() : finishTyped(0)), 0),
  );
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
