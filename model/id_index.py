"""The only place where a shop's ids become our rows, and rows become ids."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from model.columns import MAX_ID_BYTES

UNKNOWN_ROW = -1


class IdIndex:
    """Ids in byte order; an id's position is its row.

    The ids are one fixed-width array of UTF-8 bytes, so that it can be memory-mapped and shared by
    processes, and a look-up is one binary search.

    >>> index = IdIndex.from_ids(["b", "001", "a", "b"])
    >>> index.row("001"), index.row("b"), index.row("1")
    (0, 2, -1)
    >>> index.ids_of([2, 0])
    ['b', '001']
    """

    def __init__(self, ids: NDArray[np.bytes_]) -> None:
        self.ids = ids

    @classmethod
    def from_ids(cls, ids: Iterable[str]) -> "IdIndex":
        """Index the distinct ids.

        Raises
        ------
        ValueError
            If an id is empty, longer than 256 bytes of UTF-8, or contains a NUL character.
        """
        encoded = sorted({_encode(id_) for id_ in ids})
        return cls(np.array(encoded, dtype=np.bytes_) if encoded else np.empty(0, "S1"))

    def __len__(self) -> int:
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdIndex) and np.array_equal(self.ids, other.ids)

    def __contains__(self, id_: str) -> bool:
        return self.row(id_) != UNKNOWN_ROW

    def row(self, id_: str) -> int:
        """Row of an id, or -1 for one that is not indexed."""
        needle = id_.encode("utf-8", "surrogatepass")
        # A longer needle would make numpy copy the whole array to a wider type.
        if len(needle) > self.ids.itemsize or needle.endswith(b"\0"):
            return UNKNOWN_ROW
        # Not numpy's own search: it lets go of the interpreter, for which threads then queue.
        position = bisect_left(self.ids, needle)
        found = position < len(self.ids) and self.ids[position] == needle
        return position if found else UNKNOWN_ROW

    def rows_of(self, ids: Sequence[str]) -> NDArray[np.int64]:
        """Rows of many ids, -1 for those that are not indexed."""
        return np.fromiter((self.row(id_) for id_ in ids), np.int64, len(ids))

    def rows_of_many(self, ids: Iterable[str | None]) -> NDArray[np.int64]:
        """Rows of very many ids, where it does not matter that the interpreter is let go of.

        >>> IdIndex.from_ids(["b", "a"]).rows_of_many(["b", "c", None]).tolist()
        [1, -1, -1]
        """
        needles = [(id_ or "").encode("utf-8", "surrogatepass") for id_ in ids]
        widest = self.ids.itemsize
        known = [b"" if len(n) > widest or n.endswith(b"\0") else n for n in needles]
        return self._rows(np.array(known, np.bytes_))

    def rows_of_all(self, other: "IdIndex") -> NDArray[np.int64]:
        """Rows of every id of another index, in its order, -1 for those that are not indexed.

        >>> IdIndex.from_ids(["b", "a"]).rows_of_all(IdIndex.from_ids(["a", "b", "c"])).tolist()
        [0, 1, -1]
        """
        return self._rows(other.ids)

    def _rows(self, needles: NDArray[np.bytes_]) -> NDArray[np.int64]:
        rows = np.searchsorted(self.ids, needles)
        found = rows < len(self)
        found[found] = self.ids[rows[found]] == needles[found]
        return np.where(found, rows, UNKNOWN_ROW)

    def ids_of(self, rows: Sequence[int] | NDArray[np.integer]) -> list[str]:
        """Ids of rows, in the order given."""
        return [id_.decode("utf-8") for id_ in self.ids[np.asarray(rows, np.int64)].tolist()]


def _encode(id_: str) -> bytes:
    encoded = id_.encode("utf-8")
    if not encoded or len(encoded) > MAX_ID_BYTES or b"\0" in encoded:
        raise ValueError(f"id {id_!r} is not allowed: 1 to {MAX_ID_BYTES} bytes, no NUL")
    return encoded
