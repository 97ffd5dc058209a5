"""Calls to Coda's REST API and MCP server: addresses, tokens, pace, failures."""
