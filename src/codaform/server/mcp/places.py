"""The arguments that many tools share: addresses, places on a page, cell values."""

from __future__ import annotations

from codaform.server.mcp.schema import boolean, either, exactly, listed, null, number, record, some_text, text

URI = text()
"""An address: `coda://docs/…` or `superhuman://docs/…`, down to what the tool works on."""

POSITION = either(some_text(), exactly("page_start"))
"""The element to stand after, or the top of the page."""

ROW = either(number(), some_text())
"""A row by its number or its id."""

_SCALAR = either(text(), number(), boolean(), null())

VALUE = either(_SCALAR, listed(_SCALAR))
"""What is written to a cell."""

ONLY_URI = record({"uri": URI}, required=("uri",))
"""The arguments of a tool that needs to know the place and nothing else."""
