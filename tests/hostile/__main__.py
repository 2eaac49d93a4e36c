"""`python -m tests.hostile` gives hostile files to all commands."""

import sys

from tests.hostile.run import main

sys.exit(main())
