"""What a command is asked about: projects, rows, files, docs."""
