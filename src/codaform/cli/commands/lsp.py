"""The command `lsp`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import FILE


@click.command("lsp")
@click.option("--vsix", type=FILE, metavar="FILE", help="Write the extension for VS Code into a file instead.")
@click.option("--stdio", is_flag=True, hidden=True, help="Accepted, since many editors add it: there is no other way.")
def command(vsix: Path | None, stdio: bool) -> None:  # noqa: ARG001
    """Start the language server, for an editor.

    It speaks the Language Server Protocol on stdin and stdout until the editor ends it: findings while you type, types,
    meanings and values under the pointer, completion, definitions, references, renaming, layout, fixes. Texts that you
    have not saved count. It needs the extra editor.

    --vsix writes an extension for VS Code: colours for .coda files, and a client that starts this server.

    Exit codes: 0 ended as the protocol asks, 1 ended otherwise, 2 could not run.
    """
    import os
    import sys

    if vsix is not None:
        from codaform.cli.terminal import say
        from codaform.editor.extension import extension_file
        from codaform.files import write_file
        from codaform.project.locate import base_of

        write_file(vsix, extension_file(), base_of(vsix))
        say(f"{vsix} is the extension: code --install-extension {vsix}")
        return

    from codaform.extras import require

    require("editor")

    from codaform.editor.server import serve

    outgoing = sys.stdout.buffer
    sys.stdout = sys.stderr  # what anything prints must not come between messages
    # A stream of its own: at its end Python waits for no thread that still reads it, as it does for sys.stdin.
    incoming = os.fdopen(sys.stdin.fileno(), "rb", closefd=False)
    raise click.exceptions.Exit(serve(incoming, outgoing))
