"""`python -m tests.signals` sends signals to commands."""

import sys

from tests.signals.run import main

sys.exit(main())
