"""The command `eval`."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.asked import Selecting
from codaform.cli.options import PATH, engine_option, format_option, project_option, selects_parts


class _TakesFormula(click.Command):
    """A command whose argument may begin with a minus: a word with one, that is no option, is the argument."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move such a word behind `--`, so that it is no option."""
        takes_value = {
            name: isinstance(option, click.Option) and not option.is_flag
            for option in self.get_params(ctx)
            for name in (*option.opts, *option.secondary_opts)
        }
        words = iter(args)
        options: list[str] = []
        formulas: list[str] = []
        for word in words:
            if word == "--":
                formulas.extend(words)
            elif re.match(r"-[^-]|--[^a-z]", word) and word not in takes_value:
                formulas.append(word)
            else:
                options.append(word)
                if takes_value.get(word):
                    options.extend(islice(words, 1))
        return super().parse_args(ctx, [*options, *(["--", *formulas] if formulas else ())])


@click.command("eval", cls=_TakesFormula)
@click.argument("formula", required=False)
@click.option("--table", metavar="T", shell_complete=complete.tables, help="The table whose rows own the formula.")
@click.option(
    "--row",
    metavar="R",
    shell_complete=complete.rows,
    help="A row of it, by display text; without it the formula is computed for every row.",
)
@click.option(
    "--column", metavar="T.C", shell_complete=complete.columns, help="Instead of a formula: a column of the doc."
)
@click.option("--explain", is_flag=True, help="Show the value of every part, as a tree.")
@click.option(
    "--explain-plan", is_flag=True, help="Show how the formula finds its rows, and which cells an edit recomputes."
)
@click.option("--all", "all_columns", is_flag=True, help="Instead of a formula: all computed columns of the doc.")
@engine_option("What computes --column or --all. By default rows, and columns in a large doc.")
@format_option("table", "json", "csv", "coda", "parquet")
@click.option(
    "--output", type=PATH, metavar="PATH", help="With --all: the file to write; for Parquet, the folder of its files."
)
@click.option("--overwrite", is_flag=True, help="Replace files that --output has already.")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="[TABLE=]FILES",
    help="With --engine duckdb or spark: Parquet or CSV with a table's rows, or a folder that --output wrote.",
)
@selects_parts
@project_option
def command(
    formula: str | None,
    table: str | None,
    row: str | None,
    column: str | None,
    explain: bool,
    explain_plan: bool,
    all_columns: bool,
    engine: str | None,
    format_: str,
    output: Path | None,
    overwrite: bool,
    inputs: tuple[str, ...],
    selecting: Selecting | None,
    project: Path | None,
) -> None:
    """Compute a formula, or a column of the doc.

    FORMULA is a formula, or - for the formula on stdin; with --all or --column it is the project's folder. The rows
    are the project's sample rows; outside of any project the formula is computed without a doc. The exit code is 1 if
    the formula has an error, or if its one value is an error.

    With --select, codaform computes the selected columns and named formulas, and shows one below the other.

    With --all, JSON and CSV have the computed columns. Parquet has a file for each table, with all its columns: an
    error is null, and a row is its place in its table, from 0. Files are written whole or not at all.

    With --input, DuckDB or Spark reads the rows of a table from Parquet, or from CSV such as a project's rows.csv, and
    writes the tables itself; no row comes to codaform. A cell that SQL does not give is null, and stderr says how many
    there are. With --explain-plan, Spark's plan of each statement is written, too.

    In CSV, a text that a spreadsheet would run as a formula gets an apostrophe before it; numbers never do.

    \b
    Examples:
      codaform eval 'Sequence(1, 5).Sum()'
      codaform eval 'tasks.Filter(CurrentValue.estimated_hours > 8)'
      codaform eval 'thisRow.tasks.Count()' --table sprints
      codaform eval --column sprints.tasks --row 2025-W50 --explain
      codaform eval --column sprints.tasks --explain-plan
      codaform eval --all --engine duckdb --format json
      codaform eval --all --format parquet --output tables
      codaform eval --all --engine spark --input tasks='lake/tasks/*.parquet' --format parquet --output tables
      codaform eval --select 'sprints+' --exclude tag:old
      codaform eval '-2 + 3'
    """
    one_by_one = selecting is not None and not all_columns and format_ == "table"
    all_columns = all_columns or (selecting is not None and not one_by_one)
    whole = column is not None or all_columns or one_by_one
    if formula is not None and project is None and whole and Path(formula).is_dir():
        project, formula = Path(formula), None
    if [formula is not None, column is not None, all_columns or one_by_one].count(True) != 1:
        raise click.UsageError("Give a formula, or --column, or --all, or --select.")
    of_spark = explain_plan and engine == "spark" and bool(inputs)
    if one_by_one and (table or row or explain or explain_plan):
        raise click.UsageError("--select is for whole columns: without --table, --row and --explain.")
    if all_columns and (
        table or row or explain or (explain_plan and not of_spark) or format_ not in ("json", "csv", "parquet")
    ):
        raise click.UsageError("--all is for whole columns, with --format json, csv or parquet.")
    if not all_columns and (output is not None or format_ == "parquet"):
        raise click.UsageError(f"{'--output' if output is not None else '--format parquet'} is for whole docs: --all.")
    if format_ == "parquet" and output is None:
        raise click.UsageError("--format parquet writes files: name their folder by --output.")
    if overwrite and output is None:
        raise click.UsageError("--overwrite is for --output.")
    if inputs and (engine not in ("duckdb", "spark") or not all_columns or format_ != "parquet"):
        raise click.UsageError("--input is for --all --engine duckdb or spark --format parquet --output.")
    if selecting is not None and format_ == "parquet":
        raise click.UsageError("--select gives single columns: --format json or csv, or the tables on the screen.")
    if engine not in (None, "rows") and (row or explain or (explain_plan and not of_spark) or formula is not None):
        raise click.UsageError("--engine is for whole columns: --column without --row, or --all.")
    if column is not None and table is not None:
        raise click.UsageError("--column names its table itself.")
    if row is not None and table is None and column is None:
        raise click.UsageError("--row needs --table or --column.")
    if explain_plan and (explain or row is not None):
        raise click.UsageError("--explain-plan is for the whole column: without --explain and --row.")
    if explain_plan and not of_spark and format_ not in ("table", "json"):
        raise click.UsageError("--explain-plan is a text, or --format json.")
    if row is None and (table or column) and (explain or format_ == "coda"):
        raise click.UsageError(f"{'--explain' if explain else '--format coda'} is for one value: give --row.")
    if explain and format_ not in ("table", "json"):
        raise click.UsageError("--explain is a tree, or --format json.")

    from codaform.cli.output.all_columns import computed_by, put_columns, put_files
    from codaform.cli.output.answers import column_query, formula_query, put_answer, put_answers, put_each, put_steps
    from codaform.cli.output.formula_plans import put_plan_of
    from codaform.cli.select import recall_with_note
    from codaform.cli.terminal import exit_if
    from codaform.project.locate import CannotRead, find_root
    from codaform.project.session import Session
    from codaform.semantics.dependencies import GraphNode

    try:
        find_root(project or Path())
    except CannotRead:
        if project is not None:
            raise
        session = Session.empty()
    else:
        session = Session.recalled(recall_with_note(project, with_rows=not all_columns or engine == "rows"))
    nodes = None
    if selecting is not None:
        from codaform.cli.selecting import parts_selected

        nodes = parts_selected(session, selecting).computed()
    if nodes is not None and one_by_one:
        put_each(session, engine, nodes)
        return
    if inputs and output is not None:
        put_files(session, "spark" if engine == "spark" else "duckdb", inputs, output, overwrite, of_spark)
        return
    if all_columns:
        put_columns(session, engine, format_, output, overwrite, nodes)
        return
    if column is not None:
        query = column_query(session, column, row)
    else:
        query = formula_query(session, formula or "", table, row)
    if query is None:
        raise click.exceptions.Exit(1)
    if explain_plan:
        put_plan_of(query, format_)
    elif query.row is None and query.table is not None:
        values = None
        if query.column is not None and query.column.computed:
            node = GraphNode("cells", query.table.name, query.column.name)
            values = computed_by(session, engine, [node]).columns[node]
        put_answers(query, format_, values)
    else:
        exit_if(not (put_steps if explain else put_answer)(query, format_))
