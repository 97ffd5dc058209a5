"""The data everything else speaks of: types, values, and the schema of a doc."""
