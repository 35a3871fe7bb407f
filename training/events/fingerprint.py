"""What a log is, in a few words: its hash, its window and its size."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_array

from model.columns import TIMESTAMP
from training.events.log import EventLog

BLOCK_EVENTS = 100_000
"""Events hashed at once: what is between stays in the processor's cache."""

ODD = np.uint64(0x9E3779B97F4A7C15)


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
    """Hash every event, add up the hashes, hash the sums."""
    return Fingerprint(
        data_hash(log.frame),
        *_window(log),
        len(log),
        int(np.count_nonzero(np.bincount(log.user_rows))),
        int(np.count_nonzero(np.bincount(log.item_rows))),
    )


def data_hash(frame: pd.DataFrame) -> str:
    """Two sums of 64 bits over the events' hashes, and the columns' names, as one sha256.

    A sum does not depend on the order, and is of bounded memory where a sort is not.
    """
    hashed_ids = {name: _hashed_categories(frame[name]) for name in frame}
    sums = np.zeros(2, np.uint64)
    for start in range(0, len(frame), BLOCK_EVENTS):
        block = frame.iloc[start : start + BLOCK_EVENTS]
        hashes = np.zeros(len(block), np.uint64)
        for name in frame:
            hashes = hash_array(hashes * ODD + _hashed(block[name], hashed_ids[name]))
        sums += np.array([hashes.sum(), hash_array(hashes ^ ODD).sum()], np.uint64)
    described = f"{','.join(frame.columns)}:{len(frame)}:".encode()
    return hashlib.sha256(described + sums.tobytes()).hexdigest()


def _hashed_categories(column: pd.Series) -> NDArray[np.uint64] | None:
    """One hash for every id; None for a column of numbers."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return None
    return hash_array(column.cat.categories.to_numpy(object))


def _hashed(column: pd.Series, hashed_ids: NDArray[np.uint64] | None) -> NDArray[np.uint64]:
    if hashed_ids is None:
        return hash_array(column.to_numpy())
    return hashed_ids[column.cat.codes.to_numpy()]


def _window(log: EventLog) -> tuple[str, str]:
    if not log.has_timestamps:
        return "", ""
    times = log.frame[TIMESTAMP]
    return times.min().isoformat(), times.max().isoformat()
