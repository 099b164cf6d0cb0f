"""`python -m devcloud`."""

import sys

from .cli import main

sys.exit(main())
