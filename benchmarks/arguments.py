"""What several benchmarks take on the command line."""

from argparse import ArgumentTypeError


def from_one(text: str) -> int:
    """A whole number from 1 on.

    Raises
    ------
    ArgumentTypeError
        If it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is not allowed; allowed: a whole number from 1 on")
    return int(text)
