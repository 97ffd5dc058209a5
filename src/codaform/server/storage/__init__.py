"""Where local docs come from, and where they are kept."""
