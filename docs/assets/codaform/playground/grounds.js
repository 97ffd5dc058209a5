// Written by codaform docs build; do not edit.
// What formulas are tried on: the project's rows, the doc of the examples, or a table that a reader pastes.

import { element } from "./elements.js";

/**
 * Keeps which doc is tried on, and the field for a pasted table.
 * ask(question): the engine's answer. changed(about): told when another doc is tried on, with what is known of it.
 */
export function grounds(at, { ask, changed, say }) {
  const [table, text, columns] = ["table", "own-text", "own-columns"].map(at);
  const tables = [...table.options].slice(1).map((option) => option.value);
  let doc = "";
  let kinds = {};

  function fill(names) {
    table.replaceChildren(table.options[0], ...names.map((name) => new Option(name, name)));
  }

  /** Changes to the project ("") or to the examples; the table is chosen by the page. */
  async function use(name) {
    if (name === doc) return;
    doc = name;
    if (!name) fill(tables);
    const { answer } = await ask({ ask: "about", doc });
    if (!answer || doc !== name) return;
    if (name) fill(answer.tables.map((one) => one.name));
    changed(answer);
  }

  /** Reads the pasted table anew; gives whether there is one. */
  async function own(choose = true) {
    const { answer, fault } = await ask({ ask: "own", text: text.value, kinds });
    if (!answer || answer.fault) {
      say(answer?.fault || fault || "The table could not be read.");
      return false;
    }
    doc = "own";
    fill(answer.tables.map((one) => one.name));
    if (choose) table.value = answer.tables[0].name;
    columns.replaceChildren(...answer.columns.map(([name, kind]) => chooser(name, kind, answer.kinds)));
    const rows = answer.tables[0].rows;
    say(`${rows} ${rows === 1 ? "row" : "rows"} read. Formulas name the table ${answer.tables[0].name}.`);
    changed(answer);
    return true;
  }

  function chooser(name, kind, all) {
    const select = element("select", "", ...all.map((one) => new Option(one, one, false, one === kind)));
    select.addEventListener("change", async () => {
      kinds = { ...kinds, [name]: select.value };
      await own();
      // The lists are new; the one that was changed keeps the focus.
      [...columns.querySelectorAll("select")].find((one) => one.getAttribute("aria-label") === select.getAttribute("aria-label"))?.focus();
    });
    select.setAttribute("aria-label", `Type of ${name}`);
    return element("span", "", element("span", "", name), " ", select);
  }

  at("own-take").addEventListener("click", () => {
    kinds = {};
    own();
  });

  return {
    get doc() {
      return doc;
    },
    use,
    /** What a link holds of the doc. */
    said: () => (doc === "own" ? { own: text.value, kinds: JSON.stringify(kinds) } : doc ? { doc } : {}),
    /** Takes what a link holds. */
    async take({ doc: name = "", own: pasted = "", kinds: chosen = {} }) {
      if (!pasted) return use(name === "examples" ? name : "");
      text.value = pasted;
      kinds = chosen;
      at("own").open = true;
      return own(false);
    },
  };
}
