"""What a log is, in a few words: its hash, its window and its size."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.columns import TIMESTAMP
from training.events.log import EventLog


@dataclass(frozen=True)
class Fingerprint:
    """Identity of a clean log.

    Attributes
    ----------
    data_hash : str
        The same for the same events in any order; 64 hexadecimal digits.
    first, last : str
        Time of the first and the last event, ISO 8601 in UTC; empty without timestamps.
    """

    data_hash: str
    first: str
    last: str
    events: int
    customers: int
    products: int


def fingerprint(log: EventLog) -> Fingerprint:
    """Hash every row, sort the hashes, hash the whole."""
    rows = pd.util.hash_pandas_object(log.frame, index=False).to_numpy()
    names = ",".join(log.frame.columns).encode()
    digest = hashlib.sha256(names + np.sort(rows).tobytes()).hexdigest()
    return Fingerprint(
        digest,
        *_window(log),
        len(log),
        len(np.unique(log.user_rows)),
        len(np.unique(log.item_rows)),
    )


def _window(log: EventLog) -> tuple[str, str]:
    if not log.has_timestamps:
        return "", ""
    times = log.frame[TIMESTAMP]
    return times.min().isoformat(), times.max().isoformat()
