"""Writing the local Coda's page of the reference: `python -m codaform.server docs/reference`."""

import sys
from pathlib import Path

from codaform.server.reference import page

if __name__ == "__main__":
    (Path(sys.argv[1]) / "local_coda.md").write_text(page(), "utf-8", newline="\n")
