"""A project's own pages: what its doc holds, and what is expected of it."""
