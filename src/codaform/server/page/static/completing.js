// Completions of a formula, by the text before the caret: names of the doc, and functions.

import { get } from "./asking.js";

const MOST = 9;
const FIRST = { column: 0, table: 1, view: 2, formula: 3, function: 4, keyword: 5 };

/** Completes what is typed in a field. changed: Called after it wrote something. */
export function complete(field, list, changed) {
  let names = null;
  let offered = [];
  let at = -1;

  async function known() {
    names ??= get("/names").then((reply) => reply.json()).then((data) => data.names);
    return names;
  }

  const before = () => field.value.slice(0, field.selectionStart);

  function word() {
    const found = /(?:\[[^\]]*|[\p{L}_][\p{L}\p{N}_]*)$/u.exec(before());
    return found ? found[0] : "";
  }

  function draw() {
    list.replaceChildren();
    offered.forEach((name, index) => {
      const item = document.createElement("li");
      item.id = `name-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", String(index === at));
      item.classList.toggle("at", index === Math.max(at, 0));
      for (const [tag, look, text] of [
        ["b", "", name.name],
        ["span", "detail", [name.kind === "function" ? "" : name.kind, name.table && `of ${name.table}`, name.detail].filter(Boolean).join(" · ")],
        ["span", "what", name.about],
      ]) {
        const part = document.createElement(tag);
        if (look) part.className = look;
        part.textContent = text;
        item.append(part);
      }
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(index);
      });
      list.append(item);
    });
    list.hidden = !offered.length;
    if (at >= 0) field.setAttribute("aria-activedescendant", `name-${at}`);
    else field.removeAttribute("aria-activedescendant");
    list.children[Math.max(at, 0)]?.scrollIntoView({ block: "nearest" });
  }

  function take(index) {
    const name = offered[index];
    if (!name) return;
    const start = field.selectionStart - word().length;
    const rest = field.value.slice(field.selectionStart);
    const call = name.kind === "function" && !rest.startsWith("(");
    field.setRangeText(name.name + (call ? "()" : ""), start, field.selectionStart, "end");
    if (call) field.selectionStart = field.selectionEnd = field.selectionStart - 1;
    close();
    changed();
  }

  function close() {
    offered = [];
    at = -1;
    draw();
  }

  async function look() {
    const typed = word();
    const part = typed.replace(/^\[/, "").toLowerCase();
    if (part.length < 1 || insideText(before())) {
      close();
      return;
    }
    const all = await known();
    if (word() !== typed) return;
    const member = /([\p{L}_][\p{L}\p{N}_]*|\])?\s*\.\s*$/u.exec(before().slice(0, -typed.length));
    const owner = member && all.find((name) => (name.kind === "table" || name.kind === "view") && name.name === member[1]);
    const table = owner ? owner.table || owner.name : "";
    const plain = (name) => name.name.replace(/^\[|\]$/g, "").toLowerCase();
    const fits = all.filter((name) => {
      if (member && !["column", "function"].includes(name.kind)) return false;
      if (name.kind === "column" && table && name.table !== table) return false;
      return plain(name).includes(part);
    });
    const rank = (name) => (plain(name).startsWith(part) ? 0 : 10) + FIRST[name.kind];
    const ordered = fits.sort((a, b) => rank(a) - rank(b) || plain(a).localeCompare(plain(b)));
    offered = ordered.slice(0, MOST);
    if (offered.length && offered.every((name) => plain(name) === part)) offered = [];
    at = -1;
    draw();
  }

  field.addEventListener("input", look);
  field.addEventListener("click", close);

  return {
    close,
    /** Handles a key while names are offered; returns whether it did. */
    onKey(event) {
      if (!offered.length) return false;
      const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (steps) at = at < 0 && steps < 0 ? offered.length - 1 : (at + steps + offered.length) % offered.length;
      else if (event.key === "Tab" || (event.key === "Enter" && at >= 0)) take(Math.max(at, 0));
      else if (event.key === "Escape") close();
      else return false;
      event.preventDefault();
      if (steps) draw();
      return true;
    },
    /** Puts the signature of the call around the caret above a result. */
    async hint(result) {
      const called = callAround(before());
      if (!called) return;
      const found = (await known()).find((name) => name.kind === "function" && name.name.toLowerCase() === called.toLowerCase());
      if (!found || result.querySelector(".signature")) return;
      const line = document.createElement("p");
      line.className = "signature";
      line.textContent = `${found.detail} — ${found.about}`;
      result.prepend(line);
    },
  };
}

const insideText = (text) => ((text.match(/"/g) || []).length % 2) === 1;

/** The name of the innermost function whose parentheses are still open. */
function callAround(text) {
  let open = 0;
  const plain = text.replace(/"[^"]*"/g, (quoted) => " ".repeat(quoted.length));
  for (let at = plain.length - 1; at >= 0; at -= 1) {
    if (plain[at] === ")") open += 1;
    if (plain[at] === "(" && open-- === 0) {
      const found = /([\p{L}_][\p{L}\p{N}_]*)\s*$/u.exec(plain.slice(0, at));
      return found ? found[1] : "";
    }
  }
  return "";
}
