"""The MCP tools of the local Coda: what each takes, and the endpoint that serves them."""
