"""`python -m glassprop` is the command line."""

from glassprop.cli import main

main()
