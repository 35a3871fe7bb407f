"""A clean event log, as everything after reading sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.columns import EVENT_TYPE, PRODUCT_ID, TIMESTAMP, USER_ID
from model.id_index import IdIndex
from training.events.dropped import Dropped
from training.events.taken_back import kept

PURCHASE = "purchase"
RETURN = "return"


@dataclass(frozen=True)
class EventLog:
    """Clean events and the account of what was dropped.

    Attributes
    ----------
    frame : DataFrame
        ``user_id, product_id, event_type`` as categories: ids in byte order (so a category's code
        is its row), types by weight; ``timestamp`` (datetime64, UTC, may be absent), ``quantity``
        and ``value`` (float32, may be absent), ``basket_id`` (a hash, uint64, may be absent) and,
        where it was asked for, ``recommendation_id`` (likewise). As read, the oldest event comes
        first.
    n_read : int
        Rows in the files.
    dropped : mapping of reason to what was dropped
    undoes : mapping of event type to event type
        What each type of negative weight takes back: a return, a purchase.
    groups : mapping of catalogue column to array of shape (n_products,), int32
        Which products share a category, say: the number of each product's, 0 where it has none.
    columns : mapping of our column name to the file's
    remarks : list of str
        What else a shop should know of its log.
    success : str
        The event type that counts as success where it is known from elsewhere; empty: of this
        log's types a purchase, or where there is none the weightiest.
    """

    frame: pd.DataFrame
    n_read: int
    dropped: Mapping[str, Dropped] = field(default_factory=dict)
    undoes: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    success: str = ""

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def n_dropped(self) -> dict[str, int]:
        """Number of rows dropped, by reason."""
        return {reason: part.rows for reason, part in self.dropped.items()}

    @property
    def has_timestamps(self) -> bool:
        """Whether the events are dated."""
        return TIMESTAMP in self.frame

    @property
    def user_rows(self) -> NDArray[np.integer]:
        """Customer's row of every event."""
        return self.frame[USER_ID].cat.codes.to_numpy()

    @property
    def item_rows(self) -> NDArray[np.integer]:
        """Product's row of every event."""
        return self.frame[PRODUCT_ID].cat.codes.to_numpy()

    @cached_property
    def users(self) -> IdIndex:
        """The customers' ids by row."""
        return IdIndex.from_ids(self.frame[USER_ID].cat.categories)

    @cached_property
    def products(self) -> IdIndex:
        """The products' ids by row."""
        return IdIndex.from_ids(self.frame[PRODUCT_ID].cat.categories)

    @property
    def target_event(self) -> str:
        """The event that counts as success, which a log may be without."""
        return self.success or target_among(list(self.frame[EVENT_TYPE].cat.categories))

    @property
    def is_purchase(self) -> NDArray[np.bool_]:
        """Which events are the target event."""
        return (self.frame[EVENT_TYPE] == self.target_event).to_numpy()

    @cached_property
    def settled(self) -> "EventLog":
        """The events without those that took something back, and without what they took back.

        What comes back later than the log ends is not known to it: a part of a log is settled
        anew, and nothing leaks from the future.
        """
        if not any(name in self.undoes for name in self.frame[EVENT_TYPE].cat.categories):
            return self
        settled = self.where(kept(self.frame, self.undoes))
        settled.__dict__["settled"] = settled
        return settled

    def where(self, mask: NDArray[np.bool_]) -> "EventLog":
        """Some of the events, with the ids (and so the rows) of all.

        Events that follow one another are not copied, so a log in the order of time is split for
        nothing.
        """
        first, n = int(mask.argmax()) if len(mask) else 0, int(mask.sum())
        follow = bool(mask[first : first + n].all())
        frame = self.frame.iloc[first : first + n] if follow else self.frame[mask]
        return self._with_same_ids(frame=frame)

    def in_order(self, order: NDArray[np.integer]) -> "EventLog":
        """The same events in another order; ``order`` has the present place of each."""
        return self._with_same_ids(frame=self.frame.iloc[order])

    def counting(self, success: str) -> "EventLog":
        """The same events, of which that type counts as success, whether there is one or not."""
        return self._with_same_ids(success=success)

    def grouped_by(self, groups: Mapping[str, NDArray[np.int32]]) -> "EventLog":
        """The same events, with what their products have in common."""
        return self._with_same_ids(groups=groups)

    def _with_same_ids(self, **changed: object) -> "EventLog":
        other = replace(self, **changed)  # type: ignore[arg-type]
        # Indexing hundreds of thousands of ids takes a while, and they are the same.
        other.__dict__.update(users=self.users, products=self.products)
        return other


def target_among(event_types: Sequence[str]) -> str:
    """What counts as success among types, the lightest first: a purchase, else the weightiest.

    >>> target_among(["view", "purchase", "subscribe"]), target_among(["view", "cart"])
    ('purchase', 'cart')
    >>> target_among([])
    ''
    """
    return PURCHASE if PURCHASE in event_types else "".join(event_types[-1:])
