"""Pictures of a doc as SVG."""
