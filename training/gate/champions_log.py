"""The log that a challenger was made of, held against the champion's: a broken export is refused.

Of both the same lists may come for those who are left, while all others have become strangers.
"""

from dataclasses import dataclass
from datetime import datetime
from math import ceil

import numpy as np

from model.id_index import UNKNOWN_ROW, IdIndex
from model.matrix import UserItemMatrix
from training.events.fingerprint import Fingerprint
from training.gate.decision import Check


@dataclass(frozen=True)
class ChampionsLog:
    """What is known of the log that the champion was trained on.

    Attributes
    ----------
    first, last : str
        Time of its first and last event, ISO 8601; empty where it had none.
    success : str
        The event type that counted as success; empty where that is not known.
    """

    users: IdIndex
    products: IdIndex
    first: str
    last: str
    success: str = ""

    def checks(
        self, matrix: UserItemMatrix, found: Fingerprint, success: str, floor: float
    ) -> list[Check]:
        """As many customers and products, and the same ones, down to ``floor``; one success."""
        covered = self.covered_by(found.first, found.last)
        same_success = [success_check(success, self.success)] if self.success else []
        return same_success + [
            check
            for noun, ours, theirs in (
                ("customers", matrix.users, self.users),
                ("products", matrix.products, self.products),
            )
            for check in (
                size_check(noun, len(ours), len(theirs), floor),
                known_check(noun, ours, theirs, floor, covered),
            )
        ]

    def covered_by(self, first: str, last: str) -> float:
        """Share of the champion's time that a log from ``first`` to ``last`` reaches over.

        Of a window that slides, as of the last thirty days, little or nothing is left after a
        month, and visitors who came before are rightly gone. So it is 0 where times are not known.
        """
        if not (first and last and self.first and self.last):
            return 0.0
        ours, theirs = (
            [datetime.fromisoformat(at).timestamp() for at in window]
            for window in ((first, last), (self.first, self.last))
        )
        common = min(ours[1], theirs[1]) - max(ours[0], theirs[0])
        whole = theirs[1] - theirs[0]
        return max(0.0, common / whole) if whole else 0.0


def success_check(ours: str, champions: str) -> Check:
    """What counts as success is what counted for the champion.

    An export whose purchases are gone, or have another name, is measured by carts or views, and may
    look as good as ever.
    """
    return Check("what counts as success", ours == champions, ours, f"{champions} (champion's log)")


def size_check(noun: str, ours: int, champions: int, floor: float) -> Check:
    """The log holds at least ``floor`` times as many customers, or products, as the champion's."""
    return Check(
        f"{noun} in the log",
        ours >= floor * champions,
        f"{ours:,}",
        f"at least {floor:g} × {champions:,} (champion's log)",
    )


def known_check(
    noun: str, ours: IdIndex, champions: IdIndex, floor: float, covered: float
) -> Check:
    """The champion's customers, or products, are still there, by the same ids.

    ``covered`` is the share of the champion's time for which that can be asked.
    """
    here = int(np.count_nonzero(ours.rows_of_all(champions) != UNKNOWN_ROW))
    fewest = ceil(floor * covered * len(champions))
    return Check(
        f"the champion's {noun}",
        here >= fewest,
        f"{here:,} of {len(champions):,} are in the log",
        f"at least {fewest:,}: {floor:g} of all, times the share of the champion's time that the "
        f"log covers ({covered:.0%})",
    )
