"""The inside of the server: reads shelves, understands questions, answers them in words."""

import os

# The library that runs the reader's models reports to its maker from its import on, unless it is told not to. What stands in
# somebody's home, and that somebody asked, is nobody's business.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
