// Steps that can be taken back and done again: a typed value, a paste, a row that is added or deleted.

import { send } from "./asking.js";
import { placeOf } from "./cells.js";
import { show } from "./changes.js";
import { inLine, presentValue, write, writeAll } from "./writing.js";

// The parts of a step: {place, before, after} of a cell, or {table, row, there}: whether a row is there after it.
const done = [];
let undone = [];

function newStep(parts) {
  const step = { parts };
  done.push(step);
  undone = [];
  return step;
}

/** Writes a value into a cell, as a step. value: May be a promise; undefined writes nothing. */
export function enter(cell, value) {
  const part = { place: placeOf(cell), before: presentValue(cell), after: value };
  return take([part], write(cell, value));
}

/** Writes several cells of a table at once, as one step. cells: Each with its value. added: The ids of new rows. */
export function enterAll(table, cells, added) {
  const came = added.map((row) => ({ table, row, there: true }));
  const changed = cells.map(([cell, value]) => ({ place: placeOf(cell), before: presentValue(cell), after: value }));
  const places = changed.map(({ place, after }) => [place, after]);
  return take([...came, ...changed], writeAll(places, { table, added }));
}

/** Makes a row come or go, as a step. carried: The promise of its answer. */
export const enterRow = (table, row, there, carried) => take([{ table, row, there }], carried);

/** A step that is not carried out is nothing to take back. */
async function take(parts, carried) {
  const step = newStep(parts);
  const answer = await carried;
  if (answer) report(answer);
  else step.parts = [];
  return answer;
}

const report = (answer) => show(answer, done.some(({ parts }) => parts.length) ? undo : null);

/** A write to a cell that was made elsewhere, and can be taken back here. */
export function remember(place, before, after) {
  newStep([{ place, before, after }]);
  return undo;
}

/** Takes back the last step that changed something; further calls take back those before. */
export const undo = () => follow(done, undone, false);

/** Does the step again that was taken back last. */
export const redo = () => follow(undone, done, true);

async function follow(from, to, forward) {
  let step = from.pop();
  while (step && !step.parts.length) step = from.pop();
  if (!step) return;
  to.push(step);
  const rows = step.parts.filter(({ row }) => row);
  const moved = new Set(rows.map(({ row }) => row));
  // The cells of a row that comes or goes come and go with it.
  const cells = step.parts.filter(({ place }) => place && !moved.has(place.row));
  const [come, go] = [true, false].map((there) => rows.filter((part) => (part.there === forward) === there).map(({ row }) => row));
  const table = rows[0]?.table ?? cells[0].place.table;
  const places = cells.map(({ place, before, after }) => [place, forward ? after : before]);
  const answer = await writeAll(places, { table, restored: come, removed: go });
  if (answer) report(answer);
}
