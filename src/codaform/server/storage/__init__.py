"""The sources and the storage of local docs."""
