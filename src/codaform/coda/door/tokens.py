"""Tokens for Coda: where to find them, and how to keep them out of every text."""

from __future__ import annotations

import base64
import html
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from codaform.files import read_file, read_pipe

Api = Literal["rest", "mcp"]

MASK = "•••"
"""The text shown in place of a token."""

_VARIABLES: Mapping[Api, str] = {"rest": "CODA_API_TOKEN", "mcp": "CODA_MCP_TOKEN"}
"""The environment variable of each API's token; with `_STAGING` at its end it is for staging only."""

_TOKEN_FILE = "CODA_TOKEN_FILE"
_KEYRING_SERVICE = "codaform"

_MOST_BYTES, _MOST_SECONDS = 65_536, 60.0
"""Of a token file that is a pipe: its most bytes, and how long codaform waits for them, as a person may have to unlock
something first."""

_BEARER = re.compile(r"(?i)\bbearer\s+[^\s\"',;]+")
_SHORTEST = 6
"""A shorter text is not a token; hiding it would hide ordinary words."""


class NoToken(Exception):
    """No token was found; the text says in one line what to set."""


class Secret:
    """A token that never shows itself: `str`, `repr` and f-strings give MASK, and pickling and copying fail."""

    __slots__ = ("_hidden",)

    def __init__(self, text: str) -> None:
        # A function holds the text, so that code which lists attributes does not find it.
        self._hidden: Callable[[], str] = lambda: text

    def reveal(self) -> str:
        """The token itself, for the code that sends it."""
        return self._hidden()

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a token is not written down")


def token_for(environment: str, api: Api) -> Secret:
    """The token of an environment for one of the two APIs; each API needs a token of its own.

    The search order is: the variable with the environment's name (CODA_API_TOKEN_STAGING, CODA_MCP_TOKEN_STAGING),
    the file or pipe that CODA_TOKEN_FILE names (lines as `rest.staging = …`, or `rest = …` for all environments), the
    system's keyring if the package `keyring` is installed (service `codaform`, name `rest.staging`), and last the
    variable without a name. Raises NoToken, also if other users can read the file.
    """
    named = f"{_VARIABLES[api]}_{re.sub(r'[^A-Za-z0-9]', '_', environment).upper()}"
    found = (
        os.environ.get(named)
        or _from_file(environment, api)
        or _from_keyring(environment, api)
        or os.environ.get(_VARIABLES[api])
    )
    text = (found or "").strip()
    if not text:
        raise NoToken(
            f"no {_word(api)} token for {environment}: set {named} or {_VARIABLES[api]}, or name a file in "
            f"{_TOKEN_FILE} with the line `{api}.{environment} = …`"
        )
    if not text.isascii() or not text.isprintable() or " " in text:
        raise NoToken(f"the {_word(api)} token for {environment} is not one: it has spaces or signs that no token has")
    return Secret(text)


def redact(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text without tokens: the given ones, those in the environment, and any word after `Bearer`.

    Other spellings are hidden too: percent-encoding, the escapes of JSON and HTML, Base64 and hexadecimal.
    """
    prefixes = tuple(_VARIABLES.values())
    known = {secret.reveal() for secret in secrets}
    known |= {value.strip() for name, value in os.environ.items() if name.startswith(prefixes)}
    for token in sorted(known, key=len, reverse=True):  # a token may be part of another
        if len(token) >= _SHORTEST:
            text = _spellings(token).sub(MASK, text)
    return _BEARER.sub(f"Bearer {MASK}", text)


def _spellings(token: str) -> re.Pattern[str]:
    """A pattern that finds a token in any spelling, also within a longer encoded text."""
    data = token.encode("utf-8", "surrogatepass")
    signs = [_spellings_of(sign) for sign in token]
    found = ["".join(signs), *(_after(before, data) for before in range(3)), data.hex()]
    return re.compile("|".join(dict.fromkeys(found)), re.IGNORECASE)


def _spellings_of(sign: str) -> str:
    """A pattern for one character of a token. No two alternatives match the same text, so that matching is linear."""
    code, named = ord(sign), html.escape(sign)
    ways = [re.escape(sign), *([named] if named != sign else []), f"%(?:25)?{code:02x}"]
    ways += [f"\\\\{{1,4}}u{code:04x}", f"\\\\x{code:02x}", f"&#0{{0,4}}{code};", f"&#x0{{0,4}}{code:x};"]
    return f"(?:{'|'.join(ways)})"


def _after(before: int, data: bytes) -> str:
    """The part of a Base64 text, in both alphabets, that depends only on `data` if `before` other bytes precede it."""
    encoded = base64.b64encode(bytes(before) + data + b"\0" * (-(before + len(data)) % 3)).decode()
    decided = encoded[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
    return "".join({"+": "[+-]", "/": "[/_]"}.get(sign, sign) for sign in decided)


def _word(api: Api) -> str:
    return "REST" if api == "rest" else "MCP"


def _from_file(environment: str, api: Api) -> str | None:
    name = os.environ.get(_TOKEN_FILE)
    if not name:
        return None
    path = Path(name).expanduser()
    try:
        status = path.stat()
        mode = status.st_mode
        is_pipe = stat.S_ISFIFO(mode) and os.name == "posix"
        text = _from_pipe(path, status.st_ino).reveal() if is_pipe else read_file(path).decode("utf-8")
    except OSError as error:
        raise NoToken(f"the token file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NoToken(f"the token file {path} is not a text in UTF-8") from None
    # Windows has no such bits; its access lists are not visible to stat.
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NoToken(f"the token file {path} can be read by others: chmod 600 {path}")
    kept: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, sign, value = line.partition("=")
        if not sign:
            raise NoToken(f"line {number} of the token file {path} is not of the form `rest.production = …`")
        kept[key.strip()] = value.strip()
    return kept.get(f"{api}.{environment}") or kept.get(api)


@cache
def _from_pipe(path: Path, inode: int) -> Secret:
    """The text of a pipe, as of a shell's `<(…)`. Only its first reader gets the text, and each API asks for it."""
    del inode  # tells a pipe from another one of the same name
    return Secret(read_pipe(path, _MOST_BYTES, _MOST_SECONDS).decode("utf-8"))


def _from_keyring(environment: str, api: Api) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(_KEYRING_SERVICE, f"{api}.{environment}")
    except KeyringError:
        # The machine has no keyring, as on build servers.
        return None
