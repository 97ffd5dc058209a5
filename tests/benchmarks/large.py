"""A doc of many tables, for benchmarks."""

from __future__ import annotations

from pathlib import Path

FOUNDER_HQ = Path(__file__).parents[2] / "formulas"

TABLES, COLUMNS = 100, 30


def large_project(folder: Path, changed: bool = False) -> Path:
    """Tables that lead to each other, a third of whose columns are computed; a tenth of these otherwise if changed."""
    folder.mkdir()
    (folder / "doc.yml").write_text("doc: Large\ntime_zone: Europe/Berlin\n")
    for number in range(TABLES):
        table = folder / f"t{number}"
        table.mkdir()
        lines = [f"table: t{number}", "columns:", "  - {name: name, type: text, display: true}"]
        lines.append(f"  - {{name: link, type: relation, to: t{(number + 1) % TABLES}}}")
        for column in range(COLUMNS - 2):
            if column % 3:
                lines.append(f"  - {{name: c{column}, type: number}}")
                continue
            lines.append(f"  - {{name: c{column}, type: number, formula: c{column}.coda}}")
            factor = 3 if changed and column == 0 else 2
            read_from = f"thisRow.c{column + 1}" if column % 2 else f"t{(number + 1) % TABLES}"
            text = (
                f"{read_from} * {factor}"
                if column % 2
                else (f"{read_from}.Filter(CurrentValue.c{column + 1} > thisRow.c{column + 1}).Count() * {factor}")
            )
            (table / f"c{column}.coda").write_text(text + "\n")
        (table / "table.yml").write_text("\n".join(lines) + "\n")
        (table / "rows.csv").write_text("name,c1,c2,c4\none,1,2,3\ntwo,4,5,6\n")
    return folder
