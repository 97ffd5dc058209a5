"""A local Coda: REST, MCP, and a page to look at."""
