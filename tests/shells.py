"""An interactive shell in a pseudo-terminal: a line is typed, completed, and read as the shell reads it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "-i"],
}
READY = {
    "bash": 'PS1="READY> "; bind "set enable-bracketed-paste off"; bind "set bell-style none"; source {script}',
    "zsh": 'PS1="READY> "; unset zle_bracketed_paste; autoload -U compinit; compinit -u -D; source {script}',
    "fish": 'function fish_prompt; echo -n "READY> "; end; source {script}',
}
SECONDS = 60


class Shell:
    """A shell with codaform's completion, in a folder."""

    def __init__(self, name: str, folder: Path, script: Path) -> None:
        self.name = name
        self.master, slave = pty.openpty()
        # At its first start in a home, fish reads all manual pages of the machine, unless this folder is there.
        (script.parent / ".local" / "share" / "fish" / "generated_completions").mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(script.parent),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "COLUMNS": "200",
        }
        self.process = subprocess.Popen(
            STARTS[name],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # the terminal is the shell's own
        )
        os.close(slave)
        self._type(READY[name].format(script=script) + "\r")
        self._until("READY> ")
        self._settle()

    def words(self, typed: str) -> list[str]:
        """The words of a line after its end was completed, as the shell reads them."""
        self._type(typed)
        self._settle()
        self._type("\t")
        self._settle(1.0, SECONDS)
        # The line becomes an argument of another command, which writes its words down.
        self._type("\x01" + "printf '<<%s>>\\n' \x05\r")
        told = self._until("<<codaform>>")
        told += self._settle()
        return re.findall(r"<<(.*?)>>\r?\n", told)[1:]

    def close(self) -> None:
        """End the shell."""
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def _type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def _read(self, seconds: float) -> str:
        ready, _, _ = select.select([self.master], [], [], seconds)
        return os.read(self.master, 65536).decode(errors="replace") if ready else ""

    def _until(self, text: str) -> str:
        told, end = "", time.monotonic() + SECONDS
        while text not in told.replace("'<<%s>>", "") and time.monotonic() < end:
            told += self._read(0.5)
        assert text in told, told
        return told

    def _settle(self, quiet: float = 0.3, first: float = 0.3) -> str:
        """The output until it is quiet for a while. first: How long to wait for the first output, in seconds."""
        told = self._read(first)
        while more := self._read(quiet):
            told += more
        return told
