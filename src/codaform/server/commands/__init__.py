"""What can be asked of a local doc."""
