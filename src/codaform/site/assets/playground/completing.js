// Names that a formula can go on with, offered below the field by what stands before the caret.

import { element } from "./elements.js";

const MOST = 8;
const WORD = /(?:\[[^\]]*|[\p{L}_][\p{L}\p{N}_]*)$/u;
const OWNER = /(?:\[([^\]]*)\]|([\p{L}_][\p{L}\p{N}_]*))\s*\.\s*$/u;
const OPTION = /(?:\[([^\]]*)\]|([\p{L}_][\p{L}\p{N}_]*))\s*!?=\s*("[^"]*|[\p{L}\p{N}_]*)$/u;
const ROWS = /rows? of (.+)$/;
const KEEPING = new Set(["filter", "sort", "first", "last", "unique", "nth", "slice", "reverse", "randomitem"]);
const ORDER = { column: 1, table: 2, view: 3, formula: 4, function: 5, keyword: 6 };

const plain = (name) => name.name.replace(/^\[|\]$/g, "").toLowerCase();

/**
 * Completes what is typed in a field. here: The table that thisRow is a row of, asked anew each time.
 * say: Tells those who hear the page. changed: Told when a name was written.
 */
export function completion(field, box, { here, say, changed }) {
  let names = [];
  let offered = [];
  let chosen = -1;

  const before = () => field.value.slice(0, field.selectionStart);
  const typed = () => WORD.exec(before())?.[0] || "";

  function look() {
    const word = typed();
    const text = before();
    const options = optionsAt(text);
    const head = text.slice(0, text.length - word.length);
    const member = /\.\s*$/.test(head);
    const table = member ? tableBefore(head) : "";
    if (options.length) offered = options;
    else offered = insideText(text) || (!word && !table) ? [] : fitting(word.replace(/^\[/, "").toLowerCase(), member, table);
    chosen = -1;
    draw();
    if (offered.length) say(`${offered.length} ${offered.length === 1 ? "name fits" : "names fit"}; arrow down to choose.`);
  }

  /** The options of the column that is compared at the end of a text, as far as they fit. */
  function optionsAt(text) {
    const found = OPTION.exec(text);
    if (!found) return [];
    const column = (found[1] ?? found[2]).toLowerCase();
    const start = found[3].replace(/^"/, "").toLowerCase();
    const tables = [tableBefore(text.slice(0, found.index)), scopeOf(text), here()];
    const columns = names.filter((name) => name.kind === "column" && name.options && plain(name) === column);
    const best = columns.find((name) => tables.includes(name.table)) || columns[0];
    if (!best) return [];
    const fits = best.options.split("\n").filter((option) => option.toLowerCase().includes(start) && `"${option}` !== found[3]);
    return fits.slice(0, MOST).map((option) => ({ name: `"${option}"`, kind: "option", detail: `of ${best.name}`, about: "", typed: found[3].length }));
  }

  function tableOf(owner, text) {
    const name = owner.toLowerCase();
    if (name === "thisrow") return here();
    if (name === "currentvalue") return scopeOf(text);
    const found = names.find((one) => ["table", "view"].includes(one.kind) && plain(one) === name);
    if (found) return found.table || plain(found);
    const column = names.find((one) => one.kind === "column" && plain(one) === name && ROWS.test(one.detail));
    return column ? ROWS.exec(column.detail)[1] : "";
  }

  /** The table of the rows before the point at the end of a text; empty where it cannot be told. */
  function tableBefore(text) {
    let rest = blanked(text).replace(/\.\s*$/, "").trimEnd();
    while (rest.endsWith(")")) {
      const open = opening(rest, rest.length - 2);
      const called = /\.\s*([\p{L}_][\p{L}\p{N}_]*)\s*$/u.exec(rest.slice(0, Math.max(open, 0)));
      if (!called || !KEEPING.has(called[1].toLowerCase())) return "";
      rest = rest.slice(0, called.index).trimEnd();
    }
    const owner = OWNER.exec(`${rest}.`);
    return owner ? tableOf(owner[1] ?? owner[2], rest) : "";
  }

  /** The table whose rows are CurrentValue at the end of a text. */
  function scopeOf(text) {
    const bare = blanked(text);
    for (let open = opening(bare, bare.length - 1); open >= 0; open = opening(bare, open - 1)) {
      const called = /\.\s*[\p{L}_][\p{L}\p{N}_]*\s*$/u.exec(bare.slice(0, open));
      const table = called && tableBefore(`${bare.slice(0, called.index)}.`);
      if (table) return table;
    }
    return "";
  }

  function fitting(part, member, table) {
    const fits = names.filter((name) => {
      if (member && name.kind !== "column" && name.kind !== "function") return false;
      if (name.kind === "column" && table && name.table !== table) return false;
      if (!part && name.kind !== "column") return false;
      return plain(name).includes(part);
    });
    // A name that is whole needs no help, and the list would cover what it gives.
    if (fits.some((name) => plain(name) === part)) return [];
    const near = (name) => name.kind === "column" && (name.table === here() || field.value.includes(name.table));
    const rank = (name) => (plain(name).startsWith(part) ? 0 : 20) + (near(name) ? 0 : ORDER[name.kind] + (name.kind === "column" ? 9 : 0));
    const order = new Map(fits.map((name) => [name, rank(name)]));
    return fits.sort((a, b) => order.get(a) - order.get(b) || (part ? plain(a).localeCompare(plain(b)) : 0)).slice(0, MOST);
  }

  function draw() {
    box.replaceChildren(
      ...offered.map((name, index) => {
        const detail = [name.kind === "function" ? "" : name.kind, name.table && `of ${name.table}`, name.detail].filter(Boolean);
        const item = element(
          "li",
          "",
          element("b", "", name.name),
          " ",
          element("span", "pg-detail", detail.join(" · ")),
          element("span", "pg-about", name.about),
        );
        item.id = `pg-name-${index}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(index === chosen));
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(index);
        });
        return item;
      }),
    );
    box.hidden = !offered.length;
    field.setAttribute("aria-expanded", String(!box.hidden));
    if (chosen >= 0) field.setAttribute("aria-activedescendant", `pg-name-${chosen}`);
    else field.removeAttribute("aria-activedescendant");
    box.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function take(index) {
    const name = offered[index];
    const start = field.selectionStart - (name.typed ?? typed().length);
    const called = name.kind === "function" && field.value[field.selectionStart] !== "(";
    field.setRangeText(name.name + (called ? "()" : ""), start, field.selectionStart, "end");
    if (called) field.selectionStart = field.selectionEnd = field.selectionEnd - 1;
    close();
    changed();
  }

  function close() {
    offered = [];
    chosen = -1;
    draw();
  }

  /** Handles a key while names are offered; tells whether it did. */
  function onKey(event) {
    if (!offered.length || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      chosen = chosen < 0 && step < 0 ? offered.length - 1 : (chosen + step + offered.length) % offered.length;
      draw();
    } else if ((event.key === "Tab" && !event.shiftKey) || (event.key === "Enter" && chosen >= 0 && !event.ctrlKey)) take(Math.max(chosen, 0));
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    return true;
  }

  field.addEventListener("blur", close);
  field.addEventListener("click", close);

  return {
    look,
    close,
    onKey,
    know: (all) => (names = all),
    /** The signature and the summary of the function whose parentheses the caret stands in; empty elsewhere. */
    signature() {
      const called = callAround(before()).toLowerCase();
      const found = called && names.find((name) => name.kind === "function" && name.name.toLowerCase() === called);
      return found ? `${found.detail} — ${found.about}` : "";
    },
  };
}

const quotes = /"[^"]*"|'[^']*'/g;
const insideText = (text) => /["']/.test(text.replace(quotes, ""));

/** The name of the innermost function whose parentheses are still open. */
function callAround(text) {
  const bare = blanked(text);
  const at = opening(bare, bare.length - 1);
  return at < 0 ? "" : /[\p{L}_][\p{L}\p{N}_]*(?=\s*$)/u.exec(bare.slice(0, at))?.[0] || "";
}

/** A text with spaces for its quoted texts. */
const blanked = (text) => text.replace(quotes, (quoted) => " ".repeat(quoted.length));

/** The place of the parenthesis that is open at a place; -1 for none. */
function opening(text, from) {
  let open = 0;
  for (let at = from; at >= 0; at -= 1) {
    if (text[at] === ")") open += 1;
    else if (text[at] === "(" && (open -= 1) < 0) return at;
  }
  return -1;
}
