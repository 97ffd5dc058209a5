"""The shapes of what goes over Coda's wire: ids, formats, values and formula texts, for both ends of it."""
