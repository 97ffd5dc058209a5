"""Completion in shells: names with spaces, quotes, colons and commas come back as the shell has to read them.

click's own scripts hand words over unquoted, split values at commas, and leave it to bash to quote, which it does not.
"""

from __future__ import annotations

import os
import re
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

_BASH = r"""
%(complete_func)s() {
    local IFS=$'\n' response completion type value
    response=$(env COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_WORD="$2" %(complete_var)s=bash_complete "$1")
    COMPREPLY=()
    while IFS= read -r completion; do
        type=${completion%%%%,*}
        value=${completion#*,}
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
            part) COMPREPLY+=("$value"); compopt -o nospace ;;
        esac
    done <<< "$response"
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_FISH = r"""
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp | string collect) \
COMP_CWORD=(commandline -ct | string collect) %(prog_name)s)
    for completion in $response
        set -l parts (string split -m 1 "," -- $completion)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo -- $parts[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


def word_at(line: str) -> tuple[str, str]:
    """The word that a command line ends in, as it is typed, and the quote that is open there, if one is.

    The first word of all is what stands behind the last blank that is in no quotes and behind no backslash.
    """
    start, quote, at = 0, "", 0
    while at < len(line):
        character = line[at]
        if quote:
            if character == "\\" and quote == '"':
                at += 1
            elif character == quote:
                quote = ""
        elif character == "\\":
            at += 1
        elif character in "'\"":
            quote = character
        elif character.isspace():
            start = at + 1
        at += 1
    return line[start:], quote


def option_of(word: str) -> str:
    """The option that a word begins with where its value is joined to it by a sign, as in `--to=local`."""
    name, sign, _ = word.partition("=")
    return f"{name}=" if sign and name.startswith("--") else ""


class Bash(BashComplete):
    """bash reads what is offered as a part of the command line, so it is quoted as the word was begun."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, read as bash does, and the one that is begun."""
        line = os.environ.get("COMP_LINE", os.environ.get("COMP_WORDS", ""))  # an older script gives the words alone
        point = int(os.environ.get("COMP_POINT", len(line.encode())))
        line = line.encode()[:point].decode(errors="ignore")
        self._typed, self._quote = word_at(line)
        words = split_arg_string(line[: len(line) - len(self._typed)])
        begun = split_arg_string(self._typed)
        return words[1:], begun[-1] if begun else ""

    def format_completion(self, item: CompletionItem) -> str:
        """The kind and the value; of the value, what bash puts in place of the part of the word that it sees."""
        if item.type != "plain":
            return f"{item.type},{item.value}"
        return f"plain,{self._inserted(str(item.value))}"

    def _inserted(self, value: str) -> str:
        """The text in place of bash's word: it cuts words also at colons and equals signs, and behind a quote."""
        seen = os.environ.get("COMP_WORD", self._typed)
        if self._quote:
            quoted = value.replace("'", "'\\''") if self._quote == "'" else re.sub(r'([\\"$`!])', r"\\\1", value)
            cut = self._typed[: len(self._typed) - len(seen)] if self._typed.endswith(seen) else ""
            behind = cut[cut.rfind(self._quote) + 1 :] if cut else ""
            return quoted.removeprefix(behind)
        quoted = re.sub(r"([^\w@%+=:,./-])", r"\\\1", value)
        typed = self._typed
        before = typed[: len(typed) - len(seen)] if typed.endswith(seen) else ""
        return quoted.removeprefix(before.removeprefix(option_of(typed)))


class Zsh(ZshComplete):
    """zsh quotes what is offered; a colon within a name parts no help from it."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one that is begun."""
        words = split_arg_string(os.environ["COMP_WORDS"])
        at = int(os.environ["COMP_CWORD"])
        begun = words[at] if at < len(words) else ""
        self._option = option_of(begun)
        return words[1:at], begun

    def format_completion(self, item: CompletionItem) -> str:
        """Kind, value and help in lines of their own; backslashes in a value stay what they are."""
        value = f"{self._option}{item.value}"
        if item.help:
            quoted = value.replace("\\", "\\\\").replace(":", "\\:")
            return f"{item.type}\n{quoted}\n{item.help}"
        return f"{item.type}\n{value}\n_"


class Fish(FishComplete):
    """fish quotes what is offered; a comma within a name parts nothing from it."""

    source_template = _FISH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one that is begun."""
        typed = os.environ["COMP_CWORD"]
        line = os.environ["COMP_WORDS"].removesuffix(typed)
        begun = [*split_arg_string(typed), ""][0]
        self._option = option_of(begun)
        return split_arg_string(line)[1:], begun

    def format_completion(self, item: CompletionItem) -> str:
        """Kind, value and, behind a tab, help."""
        help = f"\t{item.help}" if item.help else ""
        return f"{item.type},{self._option}{item.value}{help}"


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def register() -> None:
    """Let click answer these shells as it is done here."""
    for name, shell in SHELLS.items():
        add_completion_class(shell, name)


def script(shell: str, program: Any) -> str:
    """The script that a shell reads."""
    return SHELLS[shell](program, {}, "codaform", "_CODAFORM_COMPLETE").source().lstrip()
