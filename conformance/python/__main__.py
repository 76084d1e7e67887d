"""`python3 conformance/python DOCUMENT --policy FILE …`: the second verifier."""

import sys

from verifier.cli import main

sys.exit(main(sys.argv[1:]))
