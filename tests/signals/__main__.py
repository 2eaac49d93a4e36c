"""`python -m tests.signals` sends signals to commands; with --kills it kills training runs."""

import sys

from tests.signals import kills, run

killing = any(word.split("=")[0] == "--kills" for word in sys.argv)
sys.exit(kills.main() if killing else run.main())
