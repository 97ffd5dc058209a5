"""Starts coda-mcp-server with the host of CODA_HOST; run by the Python of its own place.

The package has no option for the host and reads no proxy: the address is set on its client object, and the package
stays as it is.
"""

from __future__ import annotations

import os

from coda_mcp_server import server  # type: ignore[import-not-found]

server.client.base_url = os.environ["CODA_HOST"]
server.main()
