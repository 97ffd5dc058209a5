"""What a terminal gets: text, tables, values, findings."""
