"""The kinds of schema changes: one record for each kind, which plans, deploys and reports read."""
