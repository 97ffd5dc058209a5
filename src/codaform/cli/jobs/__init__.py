"""What the commands do, told on the terminal."""
