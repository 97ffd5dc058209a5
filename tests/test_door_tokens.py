"""Tokens: their sources, and that no text shows them."""

from __future__ import annotations

import base64
import copy
import html
import json
import os
import pickle
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codaform.coda.door.tokens import MASK, NoToken, Secret, redact, token_for

TOKEN = "0f3c1c52-1111-4222-8333-abcdefabcdef"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token comes from the machine that the tests run on."""
    for name in [
        name for name in os.environ if name.startswith(("CODA_API_TOKEN", "CODA_MCP_TOKEN", "CODA_TOKEN_FILE"))
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(sys.modules, "keyring", None)


def kept(path: Path, text: str, mode: int = 0o600) -> str:
    """A token file."""
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return str(path)


# ------------------------------------------------------------ secrets


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(TOKEN)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!r:>10}", "%s %r" % (secret, secret), repr([secret])]  # noqa: UP031
    assert TOKEN not in "".join(shown)
    assert shown[:3] == [MASK] * 3
    assert not hasattr(secret, "__dict__")
    assert TOKEN not in repr([getattr(secret, name) for name in dir(secret) if name != "reveal"])
    for write in (pickle.dumps, copy.deepcopy, copy.copy, json.dumps):
        with pytest.raises(TypeError):
            write(secret)
    assert secret.reveal() == TOKEN


def test_secrets_are_equal_by_what_they_hide() -> None:
    assert Secret(TOKEN) == Secret(TOKEN)
    assert Secret(TOKEN) != Secret("another")
    assert Secret(TOKEN) != TOKEN
    assert len({Secret(TOKEN), Secret(TOKEN)}) == 1


# ------------------------------------------------------------ where they come from


def test_the_variable_of_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODA_API_TOKEN", "for-all")
    assert token_for("staging", "rest").reveal() == "for-all"
    monkeypatch.setenv("CODA_TOKEN_FILE", kept(tmp_path / "tokens", "rest.staging = from-file\n"))
    assert token_for("staging", "rest").reveal() == "from-file"
    assert token_for("production", "rest").reveal() == "for-all"
    monkeypatch.setenv("CODA_API_TOKEN_STAGING", "  for-staging\n")
    assert token_for("staging", "rest").reveal() == "for-staging"


def test_the_two_apis_have_two_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODA_API_TOKEN", "rest-token")
    with pytest.raises(NoToken):
        token_for("staging", "mcp")
    monkeypatch.setenv("CODA_MCP_TOKEN_EU_1", "mcp-token")
    assert token_for("eu-1", "mcp").reveal() == "mcp-token"


@pytest.mark.parametrize(("api", "variable"), [("rest", "CODA_API_TOKEN"), ("mcp", "CODA_MCP_TOKEN")])
def test_without_a_token_the_message_says_what_to_set(api: str, variable: str) -> None:
    with pytest.raises(NoToken) as caught:
        token_for("staging", api)  # type: ignore[arg-type]
    said = str(caught.value)
    assert f"{variable}_STAGING" in said
    assert "CODA_TOKEN_FILE" in said
    assert f"{api}.staging" in said
    assert "\n" not in said


def test_a_file_has_a_line_for_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "# tokens\n\nrest.production = one=1\n  mcp.production=two\nrest = three\n"
    monkeypatch.setenv("CODA_TOKEN_FILE", kept(tmp_path / "tokens", text))
    assert token_for("production", "rest").reveal() == "one=1"
    assert token_for("production", "mcp").reveal() == "two"
    assert token_for("staging", "rest").reveal() == "three"
    with pytest.raises(NoToken):
        token_for("staging", "mcp")


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has modes of files")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_can_read_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: int) -> None:
    monkeypatch.setenv("CODA_TOKEN_FILE", kept(tmp_path / "tokens", f"rest = {TOKEN}", mode))
    with pytest.raises(NoToken, match="chmod 600") as caught:
        token_for("staging", "rest")
    assert TOKEN not in str(caught.value)


def test_an_invalid_file_is_reported_without_its_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CODA_TOKEN_FILE", str(tmp_path / "missing"))
    with pytest.raises(NoToken, match="cannot be read"):
        token_for("staging", "rest")
    monkeypatch.setenv("CODA_TOKEN_FILE", kept(tmp_path / "tokens", f"\n{TOKEN}\n"))
    with pytest.raises(NoToken, match="line 2") as caught:
        token_for("staging", "rest")
    assert TOKEN not in str(caught.value)
    (tmp_path / "tokens").write_bytes(b"rest = \xff")
    with pytest.raises(NoToken, match="UTF-8"):
        token_for("staging", "rest")


# ------------------------------------------------------------ pipes


needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no such pipes")


@contextmanager
def piped(path: Path, content: bytes, mode: int = 0o600) -> Iterator[str]:
    """A pipe into which somebody writes once, and that nobody writes into later."""
    os.mkfifo(path)
    path.chmod(mode)
    path.with_suffix(".content").write_bytes(content)
    writer = subprocess.Popen(["sh", "-c", 'cat "$0" > "$1"', path.with_suffix(".content"), path])
    try:
        yield str(path)
    finally:
        writer.kill()
        writer.wait()


@needs_pipes
def test_a_pipe_is_read_once_for_all_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with piped(tmp_path / "pipe", f"rest.staging = {TOKEN}\nmcp = another-token\n".encode()) as name:
        monkeypatch.setenv("CODA_TOKEN_FILE", name)
        assert token_for("staging", "rest").reveal() == TOKEN
        assert token_for("staging", "mcp").reveal() == "another-token"
        with pytest.raises(NoToken, match="no REST token for production"):
            token_for("production", "rest")


@needs_pipes
def test_a_command_reads_its_token_from_the_pipe_of_a_shell(tmp_path: Path) -> None:
    script = f"""
import os
from codaform.coda.door.tokens import token_for
reader, writer = os.pipe()
os.write(writer, b"rest = {TOKEN}")
os.close(writer)
os.environ["CODA_TOKEN_FILE"] = f"/dev/fd/{{reader}}"
print(token_for("staging", "rest").reveal())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{TOKEN}\n"


@needs_pipes
@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (b"rest = \xff", 0o600, "UTF-8"),
        (b"x" * 70_000, 0o600, "more than 65,536 bytes"),
        (b"rest = x", 0o644, "can be read by others"),
        (TOKEN.encode(), 0o600, "line 1"),
    ],
)
def test_what_a_pipe_cannot_give(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, mode: int, said: str
) -> None:
    with piped(tmp_path / "pipe", content, mode) as name:
        monkeypatch.setenv("CODA_TOKEN_FILE", name)
        with pytest.raises(NoToken, match=said) as caught:
            token_for("staging", "rest")
        assert TOKEN not in str(caught.value)


@needs_pipes
def test_a_pipe_that_nobody_writes_into_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    monkeypatch.setattr("codaform.coda.door.tokens._MOST_SECONDS", 0.01)
    monkeypatch.setenv("CODA_TOKEN_FILE", str(tmp_path / "pipe"))
    with pytest.raises(NoToken, match="nothing ended it within"):
        token_for("staging", "rest")


def test_a_device_is_no_token_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODA_TOKEN_FILE", "/dev/zero")
    with pytest.raises(NoToken, match="cannot be read"):
        token_for("staging", "rest")


@pytest.mark.parametrize("text", ["two words", "ünï", "a\r\nX-Other: b", "\x00"])
def test_a_text_that_cannot_be_sent_is_not_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    if "\x00" in text:
        monkeypatch.setenv("CODA_TOKEN_FILE", kept(tmp_path / "tokens", f"rest = a{text}b"))
    else:
        monkeypatch.setenv("CODA_API_TOKEN", text)
    with pytest.raises(NoToken) as caught:
        token_for("staging", "rest")
    assert text not in str(caught.value)


def test_the_keyring_is_read_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class KeyringError(Exception):
        pass

    asked: list[tuple[str, str]] = []

    def get_password(service: str, name: str) -> str | None:
        asked.append((service, name))
        if name == "rest.locked":
            raise KeyringError("locked")
        return TOKEN if name == "mcp.production" else None

    ring, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    ring.get_password = get_password  # type: ignore[attr-defined]
    errors.KeyringError = KeyringError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", ring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert token_for("production", "mcp").reveal() == TOKEN
    for environment in ("production", "locked"):
        with pytest.raises(NoToken):
            token_for(environment, "rest")
    assert asked == [("codaform", "mcp.production"), ("codaform", "rest.production"), ("codaform", "rest.locked")]


# ------------------------------------------------------------ texts


def test_tokens_are_taken_out_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODA_MCP_TOKEN_LIVE", "from-the-environment")
    text = f"{TOKEN} and {TOKEN}-longer, from-the-environment; Authorization: Bearer abc.def, 'bearer x'"
    shown = redact(text, [Secret(TOKEN), Secret(f"{TOKEN}-longer")])
    assert shown == f"{MASK} and {MASK}, {MASK}; Authorization: Bearer {MASK}, 'Bearer {MASK}'"


def spelled(token: str) -> list[str]:
    """A token as servers, proxies and programs repeat it."""
    percent = "".join(f"%{ord(sign):02X}" for sign in token)
    mixed = "".join(f"%{ord(sign):02x}" if at % 2 else sign for at, sign in enumerate(token))
    return [
        quote(token, safe=""),
        quote(quote(token, safe=""), safe=""),
        percent,
        percent.lower(),
        mixed,
        json.dumps(token)[1:-1],
        "".join(f"\\u{ord(sign):04x}" for sign in token),
        json.dumps("".join(f"\\u{ord(sign):04X}" for sign in token))[1:-1],
        "".join(f"\\x{ord(sign):02x}" for sign in token),
        "".join(f"&#{ord(sign)};" for sign in token),
        "".join(f"&#x{ord(sign):X};" for sign in token),
        html.escape(token),
        token.encode().hex(),
        token.encode().hex().upper(),
        token.upper(),
        token.lower(),
    ]


@pytest.mark.parametrize("token", ["0f3c9a1e-77aa-4b21-9f00-3a5d1c0e", "a+b/c=d?e&f~g_h", "Zz>>>???abc123"])
def test_tokens_are_taken_out_in_other_spellings(token: str) -> None:
    for text in spelled(token):
        assert redact(f"before {text} after", [Secret(token)]) == f"before {MASK} after", text


@given(st.binary(max_size=8), st.binary(max_size=8), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
def test_tokens_are_taken_out_of_base64(before: bytes, after: bytes, encode: Callable[[bytes], bytes]) -> None:
    token = "0f3c9a1e-77aa~~?>4b21-9f00"
    shown = redact(encode(before + token.encode() + after).decode(), [Secret(token)])
    assert MASK in shown
    assert len(shown) <= 4 * (len(before) + len(after) + 4) // 3 + 6  # only a few bits of the token are left


def test_words_are_not_taken_for_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODA_API_TOKEN", "a")
    monkeypatch.setenv("CODA_API_TOKEN_X", "")
    assert redact("a table and a bearer", [Secret("")]) == "a table and a bearer"
