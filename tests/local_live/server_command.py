"""The server's command with the tests' own brain: what ``python -m local_live`` does, without a shelf reader."""

import sys

from local_live.__main__ import main
from tests.local_live.server_parts import Brains

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], lambda _executor: Brains()))
