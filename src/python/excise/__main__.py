"""python -m excise: the same as the `excise` command."""
import sys

from excise._command import main

sys.exit(main())
