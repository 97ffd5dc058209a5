"""The command `completion`, and the completion of names with spaces, quotes, colons and commas in each shell.

click's own scripts pass words unquoted, split values at commas, and rely on bash for quotes, which bash does not add.
"""

from __future__ import annotations

import os
import re

import click
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
    """The last word of a command line, with its quotes, and its open quote, if there is one.

    The word begins after the last blank that is outside of quotes and not escaped.
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
    """The option at the start of a word that joins its value by a sign, as `--to=` in `--to=local`."""
    name, sign, _ = word.partition("=")
    return f"{name}=" if sign and name.startswith("--") else ""


class Bash(BashComplete):
    """bash adds no quotes to an offered name, so the name needs the quotes of the typed word."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, split as bash does, and the typed part of the current word."""
        line = os.environ.get("COMP_LINE", os.environ.get("COMP_WORDS", ""))  # an older script passes the words alone
        point = int(os.environ.get("COMP_POINT", len(line.encode())))
        line = line.encode()[:point].decode(errors="ignore")
        self._typed, self._quote = word_at(line)
        words = split_arg_string(line[: len(line) - len(self._typed)])
        begun = split_arg_string(self._typed)
        return words[1:], begun[-1] if begun else ""

    def format_completion(self, item: CompletionItem) -> str:
        """The kind, and the text that bash puts in place of the part of the word that it sees."""
        if item.type != "plain":
            return f"{item.type},{item.value}"
        return f"plain,{self._inserted(str(item.value))}"

    def _inserted(self, value: str) -> str:
        """The text in place of bash's word: bash also splits words at colons, at equals signs, and after a quote."""
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
    """zsh adds quotes itself; a colon in a name does not separate a help text."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the typed part of the current word."""
        words = split_arg_string(os.environ["COMP_WORDS"])
        at = int(os.environ["COMP_CWORD"])
        begun = words[at] if at < len(words) else ""
        self._option = option_of(begun)
        return words[1:at], begun

    def format_completion(self, item: CompletionItem) -> str:
        """Kind, value and help, each in a line; backslashes in a value stay."""
        value = f"{self._option}{item.value}"
        if item.help:
            quoted = value.replace("\\", "\\\\").replace(":", "\\:")
            return f"{item.type}\n{quoted}\n{item.help}"
        return f"{item.type}\n{value}\n_"


class Fish(FishComplete):
    """fish adds quotes itself; a comma in a name separates nothing."""

    source_template = _FISH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the typed part of the current word."""
        typed = os.environ["COMP_CWORD"]
        line = os.environ["COMP_WORDS"].removesuffix(typed)
        begun = [*split_arg_string(typed), ""][0]
        self._option = option_of(begun)
        return split_arg_string(line)[1:], begun

    def format_completion(self, item: CompletionItem) -> str:
        """Kind, value and, after a tab, help."""
        help = f"\t{item.help}" if item.help else ""
        return f"{item.type},{self._option}{item.value}{help}"


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def register_shells() -> None:
    """Make click use these classes for these shells."""
    for name, shell in SHELLS.items():
        add_completion_class(shell, name)


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands in a shell.

    \b
    Examples:
      eval "$(codaform completion bash)"      in ~/.bashrc
      eval "$(codaform completion zsh)"       in ~/.zshrc
      codaform completion fish | source       in ~/.config/fish/config.fish
    """
    program = ctx.find_root().command
    click.echo(SHELLS[shell](program, {}, "codaform", "_CODAFORM_COMPLETE").source().lstrip())
