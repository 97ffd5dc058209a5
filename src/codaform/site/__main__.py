"""Writes the reference: `python -m codaform.site docs/reference tests/coda`."""

import sys
from pathlib import Path

from codaform.site.reference.pages import write_reference
from codaform.site.reference.support import write_support

write_support()
write_reference(Path(sys.argv[1]), Path(sys.argv[2]))
