"""Figures and rows as the tables of `docs/` have them."""

import re
from collections.abc import Iterable


def short(value: float) -> str:
    """Four digits without the zero in front.

    >>> short(0.4018), short(-0.002), short(1.0)
    ('.4018', '-.0020', '1.0000')
    """
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:.4f}")


def cells(values: Iterable[str]) -> str:
    """One row of a table."""
    return f"| {' | '.join(values)} |"
