"""The playground: a page of the site on which a formula is computed by the reader's own browser."""
