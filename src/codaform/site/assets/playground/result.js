// What a formula gives: what is wrong with it, its value, the value of each part.

import { button, element } from "./elements.js";

const WORDS = { error: "Error", warning: "Warning", info: "Note" };

/** Colours the text below the field: a piece is its look, its text, and how bad it is. */
export function colour(under, pieces) {
  const spans = pieces.map(([look, text, severity]) => {
    const classes = [look && `f-${look}`, severity && `wave ${severity}`].filter(Boolean).join(" ");
    // What is missing at the end has no letter of its own to stand below.
    return classes ? element("span", classes, text || (severity ? "\u00a0" : "")) : document.createTextNode(text);
  });
  under.replaceChildren(...spans, "\n");
}

/** The pieces of a text that was changed, until they are told: before and behind the change all look as they did. */
export function carried(pieces, now) {
  const before = pieces.map((piece) => piece[1]).join("");
  const most = Math.min(before.length, now.length);
  let front = 0;
  while (front < most && before[front] === now[front]) front += 1;
  let back = 0;
  while (back < most - front && before[before.length - 1 - back] === now[now.length - 1 - back]) back += 1;
  const first = cut(pieces, 0, front);
  const last = cut(pieces, before.length - back, before.length);
  return [...first, ["", now.slice(front, now.length - back), ""], ...last];
}

function cut(pieces, from, until) {
  const found = [];
  let at = 0;
  for (const [look, text, severity] of pieces) {
    const part = text.slice(Math.max(from - at, 0), Math.max(until - at, 0));
    if (part) found.push([look, part, severity]);
    at += text.length;
  }
  return found;
}

/** Draws an answer. on: choose(start, end) shows a place in the text, mend(text) takes a fix. */
export function draw(result, told, text, on) {
  result.replaceChildren(...told.said.map((said) => finding(said, text, on)), ...value(told));
}

/** An answer in one sentence, for those who hear the page. */
export function summary(told) {
  const first = told.said.find((said) => said.severity === "error");
  if (first) return `Error at line ${first.line}, character ${first.column}: ${first.message}.${first.help ? ` Help: ${first.help}.` : ""}`;
  const notes = told.said.length ? ` ${told.said.length === 1 ? "One remark" : `${told.said.length} remarks`}.` : "";
  return `${told.failed ? "Error" : "Value"}: ${plain(told.value)}.${notes}`;
}

function plain(value) {
  if (value.kind !== "list") return value.text;
  const shown = value.items.slice(0, 3).map(plain).join(", ");
  return value.count > 3 ? `${value.count} values: ${shown} and more` : shown;
}

function finding(said, text, on) {
  const head = element("p", "pg-message", element("strong", "", WORDS[said.severity]), ` ${said.message}`);
  const place = element(
    "p",
    "pg-at",
    button(`line ${said.line}, character ${said.column}`, () => on.choose(said.start, said.end)),
    element("code", "", `[${said.rule}]`),
  );
  const parts = [head, excerpt(said, text), place];
  if (said.help) parts.push(element("p", "pg-help", `Help: ${said.help}`));
  if (said.fix) {
    const mend = button(`Fix: ${said.fix}`, () => on.mend(said.fixed));
    mend.classList.add("pg-fix");
    parts.push(mend);
  }
  const why = element("details", "", element("summary", "", "What the rule says"), element("p", "", said.why));
  return element("section", `pg-finding ${said.severity}`, ...parts, why);
}

/** The line of the text, with the place marked. */
function excerpt({ start, end }, text) {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const until = text.indexOf("\n", start);
  const line = until < 0 ? text.length : until;
  const to = Math.min(end, line);
  const marked = element("mark", "", text.slice(start, to) || "\u00a0");
  return element("pre", "pg-excerpt", text.slice(from, start), marked, text.slice(to, line));
}

function value(told) {
  if (!told.value) return [];
  const parts = [element("div", `pg-value${told.failed ? " failed" : ""}`, ...shown(told.value))];
  const about = [told.type, told.note].filter(Boolean).join(" · ");
  if (about) parts.push(element("p", "pg-type", about));
  if (told.words) parts.push(element("p", "pg-words", element("strong", "", "In words: "), ...named(told.words)));
  if (told.parts.length) {
    const tree = element("details", "pg-parts", element("summary", "", "The value of each part"), list(told.parts));
    tree.open = true;
    parts.push(tree);
  }
  return parts;
}

/** A text whose names stand between backticks. */
const named = (words) => words.split("`").map((piece, at) => (at % 2 ? element("code", "", piece) : piece));

function shown(value) {
  if (value.kind !== "list") return [one(value)];
  const all = value.items.map((item) => (item.kind === "list" ? element("span", "pg-list", "[", ...shown(item), "]") : one(item)));
  if (value.count > value.items.length) all.push(element("span", "more", `+${value.count - value.items.length} more`));
  return all;
}

function one({ kind, text, table }) {
  const looks = { row: "chip", blank: "blank", error: "error", number: "num", person: "pg-person" };
  const made = element("span", looks[kind] || `pg-${kind}`, text);
  if (table) made.title = `row of ${table}`;
  return made;
}

function list(parts) {
  const items = parts.map((part) => {
    const line = [element("code", "", part.text), " ", element("span", "pg-part", part.value)];
    if (part.note && part.note !== part.value) line.push(element("span", "pg-note", ` ${part.note}`));
    return element("li", "", ...line, ...(part.parts.length ? [list(part.parts)] : []));
  });
  return element("ul", "", ...items);
}
