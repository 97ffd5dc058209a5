"""The commands of the command line: one file a group of verbs, each declared and no more."""
