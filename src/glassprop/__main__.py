"""`python -m glassprop` is the command line."""

from glassprop.app import main

main()
