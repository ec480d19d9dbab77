"""Progress goes to stderr, so that stdout holds results alone."""

import sys


def log(line: str) -> None:
    """One line of progress, at once."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
