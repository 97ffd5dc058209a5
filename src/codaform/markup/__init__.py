"""Values and formulas of a doc as HTML, for every page that shows them."""
