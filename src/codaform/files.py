"""Writing files: inside the folder that is meant, through no link, and whole or not at all; and reading files alone.

A project often comes from another person: a pull request may have a link where codaform is about to write.
Every file that codaform writes for a person is written by this module.
"""

from __future__ import annotations

import errno
import io
import os
import select
import shutil
import stat
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)  # Windows has no such flag; there the look before has to do
_BINARY = getattr(os, "O_BINARY", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)  # else to open a pipe waits for who writes into it


class UnsafePath(OSError):
    """A path that codaform does not write to: it leads through a link, or out of the folder that is meant."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(errno.ELOOP, why, str(path))


def check_path(path: Path, root: Path) -> None:
    """Raise UnsafePath where a path leads out of a folder, or anything below the folder on the way is a link.

    The folder itself is what a person named and may be reached by links. Missing parts are fine. Raises OSError.
    """
    for part in _parts(path, root):
        try:
            status = part.lstat()
        except FileNotFoundError:
            return
        if _is_link(status):
            raise UnsafePath(part, "it is a link, and codaform writes through none; put a real file or folder there")
        if part != _absolute(path) and not stat.S_ISDIR(status.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(part))


def check_tree(folder: Path, root: Path) -> None:
    """Raise UnsafePath where a folder that another program is about to fill is a link, or holds one anywhere."""
    check_path(folder, root)
    for place, folders, names in os.walk(folder):
        for name in (*folders, *names):
            check_path(Path(place, name), Path(place))


def check_links(folder: Path, root: Path, above: Collection[Path] = ()) -> None:
    """Raise UnsafePath where a folder that another program is about to read, or anything in it, leads out of the folder
    that is meant, or back to a folder that holds it. Raises OSError, also for links to nothing, pipes and devices.

    above: The folders that hold it.
    """
    there = folder.resolve()
    if not there.is_relative_to(root.resolve()):
        what = "it is a link that leads" if folder.is_symlink() else "it leads"
        raise UnsafePath(folder, f"{what} out of {root}, and codaform reads nothing there")
    if there in above:
        raise UnsafePath(folder, "it is a link to a folder that holds it")
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() or (path.is_symlink() and path.exists()):
            check_links(path, root, {*above, there})
        if not path.is_dir() and (path.exists() or not path.name.startswith(".")):  # editors lock a file by a .# link
            _check_regular(path, path.stat().st_mode)


def make_folders(folder: Path, root: Path) -> list[Path]:
    """Make a folder with the folders above it, the root among them; gives those that are new, the outermost first."""
    check_path(folder, root)
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
    return missing[::-1]


def write_file(path: Path, data: bytes | str, root: Path, mode: int | None = None) -> None:
    """Make a file, or put new content in place of a file's, on the disk when this returns. Raises OSError.

    data: A text is written as UTF-8. mode: The permissions; those of the old file, or the usual ones, if left out.
    """
    make_folders(path.parent, root)
    fresh = stage_file(path, data, root, mode)
    try:
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


@contextmanager
def filled_folder(folder: Path, root: Path) -> Iterator[Path]:
    """Give a new folder to be filled with files and folders. At the end it becomes the folder that is meant, or, where
    that has files, its parts replace those of the same names. If an error interrupts the block, nothing changes.
    Raises OSError.
    """
    import secrets

    check_path(folder, root)
    made = make_folders(folder.parent, root)
    fresh = folder.with_name(f".{folder.name[:40]}.{secrets.token_hex(6)}.new")
    try:
        fresh.mkdir()
        yield fresh
        written = sorted(fresh.iterdir())
        for path in written:
            check_path(folder / path.name, root)
            if path.is_file():
                with path.open("rb+") as file:
                    os.fsync(file.fileno())
        if folder.exists() and any(folder.iterdir()):
            for path in written:
                place = folder / path.name
                if place.is_dir():
                    shutil.rmtree(place)
                elif path.is_dir():
                    place.unlink(missing_ok=True)
                path.replace(place)
            fresh.rmdir()
        else:
            if folder.exists():
                folder.rmdir()  # only some systems replace an empty folder
            fresh.rename(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        remove_empty(made)
        raise


def stage_file(path: Path, data: bytes | str, root: Path, mode: int | None = None) -> Path:
    """Write content into a new file beside a path, to be renamed to it. The path's folder has to be there."""
    check_path(path, root)
    old = path.stat().st_mode if path.exists() else None
    if old is not None and not stat.S_ISREG(old):
        raise OSError(errno.EINVAL, "it is no file", str(path))
    if old is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    import secrets

    fresh = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.new")
    handle = _open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if mode is None and old is not None else mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_bytes(data))
            file.flush()
            os.fsync(file.fileno())
        if mode is None and old is not None:
            shutil.copymode(path, fresh)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def read_file(path: Path) -> bytes:
    """The content of a file, also by a link to it. Raises OSError for whatever else a path leads to: a read of a pipe
    or a device may never end.
    """
    with open_to_read(path) as file:
        return file.read()


def open_to_read(path: Path) -> io.BufferedReader:
    """A file as `read_file` reads it, for a caller that reads it part by part. Raises OSError."""
    _check_regular(path, path.stat().st_mode)
    file = os.fdopen(os.open(path, os.O_RDONLY | _BINARY | _NONBLOCK), "rb")
    try:
        _check_regular(path, os.fstat(file.fileno()).st_mode)
    except OSError:
        file.close()
        raise
    return file


def read_plain(path: str, most: int) -> bytes | None:
    """The content of a file that is reached by no link, in few calls of the system; None for anything else.

    most: The most bytes; None for a larger file, too.
    """
    with suppress(OSError):
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        handle = os.open(path, os.O_RDONLY | _BINARY | _NONBLOCK | _NOFOLLOW)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_size > most:
                return None
            data = os.read(handle, status.st_size + 1)
            # A file that grows meanwhile, or whose size the system does not know, is read part by part.
            return data if len(data) == status.st_size else None
        finally:
            os.close(handle)
    return None


def read_file_text(path: Path, errors: str = "strict") -> str:
    """The text of a file in UTF-8, in which `\\n` ends every line. Raises OSError and UnicodeDecodeError.

    errors: What becomes of bytes that are no UTF-8, as in `bytes.decode`.
    """
    return io.StringIO(read_file(path).decode("utf-8", errors), newline=None).read()


def read_pipe(path: Path, most: int, seconds: float) -> bytes:
    """The content of a pipe up to its end. It can be read only once.

    most: The most bytes that are read. seconds: How long to wait for the end. Raises OSError, also if either is not
    enough.
    """
    until = time.monotonic() + seconds
    found = bytearray()
    with os.fdopen(os.open(path, os.O_RDONLY | _NONBLOCK), "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
            part = pipe.read(most + 1 - len(found))
            if part == b"":
                return bytes(found)
            found += part or b""
            if len(found) > most:
                raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    raise TimeoutError(errno.ETIMEDOUT, f"nothing ended it within {seconds:g} s", str(path))


def _check_regular(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no file", str(path))


def create_file(path: Path, data: bytes | str, root: Path, mode: int | None = None) -> None:
    """Write a file where none is yet. Raises FileExistsError where anything is, also a link that leads nowhere."""
    check_path(path.parent, root)
    with os.fdopen(_open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(_bytes(data))


def open_file(path: Path, root: Path, mode: int | None = None) -> IO[bytes]:
    """Open a file for reading and for writing at its end; it is made where there is none."""
    check_path(path, root)
    if path.exists():
        _check_regular(path, path.stat().st_mode)
    return os.fdopen(_open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, mode), "a+b")


def remove_file(path: Path, root: Path) -> None:
    """Remove a file. Raises OSError."""
    check_path(path, root)
    path.unlink()


def remove_empty(folders: list[Path]) -> None:
    """Remove folders that hold nothing, the last one first; those that hold something stay."""
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()


def _open(path: Path, flags: int, mode: int | None) -> int:
    try:
        return os.open(path, flags | _NOFOLLOW | _BINARY, 0o666 if mode is None else mode)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnsafePath(path, "it is a link, and codaform writes through none") from None
        raise


def _parts(path: Path, root: Path) -> Iterator[Path]:
    """What lies between a folder and a path below it, from the outside in, the path included."""
    top, inner = _absolute(root), _absolute(path)
    if not inner.is_relative_to(top):
        raise UnsafePath(path, f"it lies outside of {root}, and codaform writes nothing there")
    part = top
    for name in inner.relative_to(top).parts:
        part /= name
        yield part


def _absolute(path: Path) -> Path:
    """The path from the top, without `..`, and with its links: they are what is looked for."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _is_link(status: os.stat_result) -> bool:
    """Whether a path is a link; on Windows also a junction, which no symbolic link is."""
    reparse = getattr(status, "st_reparse_tag", 0)
    return stat.S_ISLNK(status.st_mode) or bool(reparse and reparse == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1))


def _bytes(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data
