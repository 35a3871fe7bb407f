"""Customers to answer, by their ids and by their rows in the model."""

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass(frozen=True)
class Customers:
    """Customers to answer.

    Attributes
    ----------
    ids : pyarrow string array of shape (n,)
        As they are written out; null for nobody in particular.
    rows : array of shape (n,), int64
        Their rows in the model, -1 for those it does not know.
    """

    ids: pa.Array
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, start: int, stop: int) -> "Customers":
        """Some that follow one another."""
        return Customers(self.ids[start:stop], self.rows[start:stop])

    def digest(self) -> str:
        """The same for the same ids in the same order only."""
        found = hashlib.sha256()
        for id_ in self.ids.to_pylist():
            found.update(b"\0" if id_ is None else id_.encode() + b"\n")
        return found.hexdigest()


def texts(ids: NDArray[np.bytes_]) -> pa.Array:
    """An index's ids as Arrow text."""
    return pa.array(ids.tolist(), pa.binary()).cast(pa.string())
