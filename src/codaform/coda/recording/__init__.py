"""Recorded requests and replies: read from files, asked again, compared by shape, and freed of what is private."""
