"""What differs between a doc and its folder, and by which steps the doc becomes what the folder says."""
