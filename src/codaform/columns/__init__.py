"""The columnar engine: whole columns in numpy. What it cannot vouch for, the row-wise engine computes."""
