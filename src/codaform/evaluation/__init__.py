"""Computing what formulas mean, over rows."""
