"""What there is to know of a doc at one look: read from a folder, a snapshot or Coda, and written as one page."""
