"""Writers for the terminal: tables, values, findings, reports."""
