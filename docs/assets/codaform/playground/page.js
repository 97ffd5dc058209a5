// Written by codaform docs build; do not edit.
// The playground: a formula is computed beside the page while it is typed, in the reader's own browser.

import { bundle } from "./bundle.js";
import { completion } from "./completing.js";
import { engine, LIMIT } from "./engine.js";
import { grounds } from "./grounds.js";
import { made, read } from "./link.js";
import { carried, colour, draw, summary } from "./result.js";

const PAUSE = 200;
const SLOW = 700;
const at = (name) => document.getElementById(`pg-${name}`);

/** Begins the form that is on the page. home: Whether this is the playground's own page, whose address holds the formula. */
export function begin(home) {
  const page = home ? location.href : new URL(bundle.page, import.meta.url).href;
  const [field, under, table, row, result] = ["text", "under", "table", "row", "result"].map(at);
  let timer = 0;
  let slow = 0;
  let turn = 0;
  let wanted = null;
  let known = false;
  let lazy = false;
  let coloured = [];
  let coming = null;

  const work = engine({
    loading(stage, loaded, size) {
      state(`${stage} (${million(size)} MB in all) …`, "loading");
      at("progress").max = size;
      at("progress").value = Math.min(loaded, size);
    },
    ready(about) {
      state(`Ready: the sample rows of ${about.doc}; its clock is at ${about.now}.`, "ready");
      // After a formula was stopped the page stays as it is: it would be stopped again.
      if (!known) know(about);
      else if (ground.doc) ground.take(restored());
    },
    broken(message) {
      state(`Python could not be started: ${message}. Loading the page again may help.`, "broken");
    },
    busy(yes) {
      clearTimeout(slow);
      at("stop").hidden = true;
      if (yes) slow = setTimeout(() => {
        at("stop").hidden = false;
        state("Computing …", "busy");
      }, SLOW);
      else if (at("state").dataset.is === "busy") state("Ready.", "ready");
    },
  });

  const ground = grounds(at, {
    ask: work.ask,
    say: (text) => tell(at("own-said"), text),
    changed(about) {
      names.know(about.names);
      state(`Ready: the rows of ${about.doc}; its clock is at ${about.now}.`, "ready");
      if (!coming) fillRows();
    },
  });
  const restored = () => ({ ...ground.said(), kinds: JSON.parse(ground.said().kinds || "{}") });

  const names = completion(field, at("names"), { here: () => (row.value ? table.value : ""), say: (text) => tell(at("heard"), text), changed });

  /** The page is told of the doc, by the build or by Python. */
  function know(about) {
    known = true;
    if (!ground.doc) names.know(about.names);
    arrive();
  }

  function state(text, kind) {
    at("state").dataset.is = kind;
    tell(at("state"), text);
    at("progress").hidden = kind !== "loading";
  }

  function changed() {
    turn += 1;
    coloured = carried(coloured, field.value);
    colour(under, coloured);
    fit();
    tell(at("signature"), names.signature());
    clearTimeout(timer);
    timer = setTimeout(compute, PAUSE);
  }

  async function compute() {
    clearTimeout(timer);
    turn += 1;
    const mine = turn;
    const text = field.value;
    if (!text.trim()) {
      result.replaceChildren();
      return;
    }
    const outcome = await work.ask({ ask: "try", doc: ground.doc, text, table: table.value, row: number() });
    if (mine !== turn || outcome.dropped) return;
    if (home) history.replaceState(history.state, "", address());
    if (outcome.stopped) stopped();
    else if (outcome.fault) state(`This formula could not be computed: ${outcome.fault}`, "broken");
    else show(outcome.answer, text);
  }

  function show(told, text) {
    coloured = told.pieces;
    colour(under, coloured);
    draw(result, told, text, { choose, mend });
    tell(at("heard"), summary(told));
  }

  function stopped() {
    const seconds = LIMIT / 1000;
    result.replaceChildren();
    const said = document.createElement("p");
    said.className = "pg-message";
    said.textContent = `Stopped: this formula was not done after ${seconds} seconds. Python restarts; a changed formula is computed again.`;
    result.append(said);
    tell(at("heard"), said.textContent);
  }

  function choose(start, end) {
    field.focus();
    field.setSelectionRange(start, end);
  }

  function mend(text) {
    put(text);
    field.focus();
  }

  function put(text) {
    field.value = text;
    names.close();
    changed();
    compute();
  }

  function fit() {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, 420)}px`;
    under.scrollTop = field.scrollTop;
  }

  async function fillRows() {
    const chosen = table.value;
    row.disabled = true;
    row.replaceChildren();
    if (!chosen) {
      compute();
      return;
    }
    const { answer } = await work.ask({ ask: "rows", doc: ground.doc, table: chosen });
    if (!answer || chosen !== table.value) return;
    row.replaceChildren(...answer.map((display, index) => new Option(display, String(index + 1))));
    row.disabled = !answer.length;
    if (wanted) {
      const { number, display } = wanted;
      const place = answer[number - 1] === display || !answer.includes(display) ? number : answer.indexOf(display) + 1;
      if (place >= 1 && place <= answer.length) row.value = String(place);
      wanted = null;
    }
    compute();
  }

  /** Takes a formula with its row and its doc: of an example, of a link, of a formula on a page. */
  function take(said) {
    field.value = said.text;
    names.close();
    changed();
    clearTimeout(timer);
    coming = said;
    wanted = said.table ? { display: said.row, number: said.number } : null;
    if (!said.doc && !said.own && !ground.doc) pickTable(said);
    if (known) arrive();
    else if (!lazy) work.start();
  }

  /** Chooses the doc, the table and the row of what was taken, as soon as Python can tell them. */
  async function arrive() {
    const said = coming;
    if (said) {
      await ground.take(said);
      if (said !== coming) return;
      pickTable(said);
      coming = null;
    }
    fillRows();
  }

  /** Takes what the build has answered; where that cannot be had, Python tells. */
  async function takeAnswers() {
    try {
      const reply = await fetch(new URL(`${bundle.home}${bundle.answers}?${bundle.key}`, import.meta.url));
      work.know(await reply.json());
      const { answer } = await work.ask({ ask: "about", doc: "" });
      if (known) return;
      state(`The sample rows of ${answer.doc}; its clock is at ${answer.now}. Python is loaded when you begin to type.`, "asleep");
      know(answer);
    } catch {
      work.start();
    }
  }

  function pickTable({ table: owner, row: display, number }) {
    table.value = [...table.options].some((option) => option.value === owner) ? owner : "";
    wanted = table.value ? { display, number } : null;
  }

  // The rows of a link or an example are named before they are there to be chosen.
  const number = () => Number(row.value) || wanted?.number || 0;

  function address() {
    return made({ text: field.value, table: table.value, row: row.selectedOptions[0]?.text || wanted?.display || "", number: number(), ...ground.said() }, page);
  }

  async function share() {
    const link = address();
    if (home) history.replaceState(history.state, "", link);
    try {
      await navigator.clipboard.writeText(link);
      tell(at("shared"), "The link is copied.");
    } catch {
      tell(at("shared"), home ? "The address of this page is the link." : link);
    }
  }

  const ofExample = ({ dataset }) => ({ text: dataset.formula, table: dataset.table, row: dataset.row, number: Number(dataset.number) });
  const examples = [...document.querySelectorAll(".pg-example")];

  field.addEventListener("input", () => {
    changed();
    names.look();
  });
  field.addEventListener("scroll", () => (under.scrollTop = field.scrollTop));
  field.addEventListener("focus", () => work.start());
  field.addEventListener("keyup", () => tell(at("signature"), names.signature()));
  field.addEventListener("keydown", (event) => {
    // The theme listens for letters to search by.
    event.stopPropagation();
    if (names.onKey(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      compute();
    }
  });
  table.addEventListener("change", () => {
    work.start();
    if (known) fillRows();
  });
  row.addEventListener("change", compute);
  at("stop").addEventListener("click", () => work.stop());
  at("share").addEventListener("click", share);
  for (const example of examples) example.addEventListener("click", () => take(ofExample(example)));
  window.addEventListener("resize", fit);

  for (const part of at("form").querySelectorAll("[disabled]")) if (part !== row) part.disabled = false;
  state("Python is loaded when the formula is begun.", "asleep");
  if (!home) return { take };
  window.addEventListener("hashchange", () => {
    const said = read();
    if (said) take(said);
  });
  const first = read() || (examples[0] && ofExample(examples[0]));
  // Who saves data decides for himself; everybody else came here to compute something.
  if (!read() && navigator.connection?.saveData) return { take };
  lazy = Boolean(bundle.answers);
  if (lazy) takeAnswers();
  if (first) take(first);
  else if (!lazy) work.start();
  return { take };
}

const million = (bytes) => (bytes / 1e6).toFixed(1);

function tell(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// On another page, whoever puts the form there begins it.
const own = at("form") && !at("form").hasAttribute("data-guest");
if (own && bundle) begin(true);
else if (own) tell(at("state"), at("state").dataset.missing);
