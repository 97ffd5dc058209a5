"""The tables of a doc with their computed columns as files of Parquet: a folder that is whole or not there."""

from __future__ import annotations

from pathlib import Path

from codaform.extras import require
from codaform.files import filled_folder
from codaform.model.schema import Doc
from codaform.project.computed import ComputedColumns
from codaform.project.file_names import folder_name, unique
from codaform.project.locate import CannotRead, base_of, reason


def check_output(path: Path, folder: bool, overwrite: bool) -> None:
    """Raise CannotRead where an output cannot go to a path, or would replace something unasked.

    folder: Whether it is a folder with files, and not a file.
    """
    if not path.exists():
        return
    if path.is_dir() != folder:
        is_, wanted = ("a folder", "a file") if path.is_dir() else ("a file", "a folder")
        raise CannotRead(f"{path} is {is_}; name {wanted}")
    if not overwrite and (not folder or any(path.iterdir())):
        what = "has files already; --overwrite replaces those of the same names" if folder else "is there already"
        raise CannotRead(f"{path} {what}" + ("" if folder else "; --overwrite replaces it"))


def file_names(doc: Doc) -> dict[str, str]:
    """The name of the file of each table."""
    names: dict[str, str] = {}
    for table in doc.tables:
        names[table] = unique(folder_name(table), names.values(), ".parquet")
    return names


def write_tables(computed: ComputedColumns, folder: Path, overwrite: bool = False) -> dict[str, Path]:
    """Write each table as a file of Parquet. Returns the files by table.

    The columns are those of `to_arrow`: entered and computed ones. overwrite: Replace files of the same names.
    Raises MissingExtra, and CannotRead where the folder has files or cannot be written; then nothing is written.
    """
    require("parquet")
    import pyarrow.parquet

    check_output(folder, True, overwrite)
    names = file_names(computed.book.doc)
    try:
        with filled_folder(folder, base_of(folder)) as fresh:
            for table, name in names.items():
                pyarrow.parquet.write_table(computed.to_arrow(table), fresh / name)
    except OSError as error:
        raise CannotRead(f"{folder} cannot be written: {reason(error)}") from None
    return {table: folder / name for table, name in names.items()}
