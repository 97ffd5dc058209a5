"""`python -m codaform`."""

from codaform.cli import main

main()
