// The cells of grids: the cell of a node, its ids, and its present node.

const CELL = '.grid tbody td[role="gridcell"], .grid tbody th.n';

export const cellOf = (node) => node?.closest?.(CELL);

export const isComputed = (cell) => cell.hasAttribute("aria-readonly");

export const headOf = (cell) => {
  const own = cell.closest("tr").querySelector('th[data-column]');
  const table = cell.closest("table");
  return own || table.querySelector(`thead th[data-column="${CSS.escape(cell.dataset.column)}"]`);
};

export const placeOf = (cell) => ({
  table: cell.closest("table").dataset.table,
  row: cell.closest("tr").dataset.row,
  column: cell.dataset.column,
});

/** The present node of a cell, since a refresh replaces the nodes of all cells. */
export const cellAt = ({ table, row, column }) =>
  document.querySelector(
    `.grid[data-table="${CSS.escape(table)}"] tr[data-row="${CSS.escape(row)}"] td[data-column="${CSS.escape(column)}"]`,
  );
