"""The good rows of a log, streamed into arrays of their final size and type."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from model.columns import (
    BASKET_ID,
    EVENT_TYPE,
    PRODUCT_ID,
    QUANTITY,
    RECOMMENDATION_ID,
    TIMESTAMP,
    USER_ID,
    VALUE,
)
from training.errors import InputError
from training.events.check import n_usable, usable
from training.events.dropped import one

BATCH_ROWS = 1_000_000
UNKNOWN = -1
"""Code of a value that the survey did not see."""

CATEGORIES = (USER_ID, PRODUCT_ID, EVENT_TYPE)
NO_ID = 0
"""What stands for a missing id among hashed ones."""

HASHED = (BASKET_ID, RECOMMENDATION_ID)
NUMBERS = {TIMESTAMP: "M8[us]", QUANTITY: "f4", VALUE: "f4", **dict.fromkeys(HASHED, "u8")}
"""What is kept of an event beside its categories; of an id a hash, `NO_ID` where it has none."""


def frame_of(
    db: duckdb.DuckDBPyConnection, columns: Collection[str], event_weights: Mapping[str, float]
) -> pd.DataFrame:
    """Events in the order of time (of the file, where times are equal or there are none).

    Ids become categories in byte order, event types by weight. Ids are looked up while the file is
    scanned, so that no event ever carries its text; the survey has said how many rows there are.

    Raises
    ------
    InputError
        If the file is not the one that was surveyed any more.
    """
    categories = {name: _categories(db, name) for name in (USER_ID, PRODUCT_ID)}
    categories[EVENT_TYPE] = by_weight(_categories(db, EVENT_TYPE), event_weights)
    # Codes of the smallest type, which pandas would choose too.
    dtypes = {name: np.min_scalar_type(-len(ids)) for name, ids in categories.items()}
    dtypes |= {name: np.dtype(dtype) for name, dtype in NUMBERS.items() if name in columns}
    arrays = {name: np.empty(n_usable(db), dtype) for name, dtype in dtypes.items()}
    _fill(arrays, db, categories)
    _sort_by_time(arrays)
    coded = {
        name: pd.Categorical.from_codes(arrays.pop(name), pd.Index(ids))
        for name, ids in categories.items()
    }
    return pd.DataFrame({**coded, **arrays}, copy=False)


def by_weight(event_types: Iterable[str], event_weights: Mapping[str, float]) -> list[str]:
    """Event types in the order in which a log has them: the lightest first, ties by name."""
    return sorted(event_types, key=lambda name: (event_weights[name], name))


def _categories(db: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    """The distinct values of good rows, in byte order."""
    found = db.execute(f"SELECT {column} FROM seen WHERE {usable(column)} ORDER BY 1").fetchall()
    return [value for (value,) in found]


def _fill(
    arrays: Mapping[str, NDArray], db: duckdb.DuckDBPyConnection, categories: Mapping[str, list]
) -> None:
    """Scan the log once, batch by batch."""
    for name, ids in categories.items():
        _create_codes(db, name, ids, arrays[name].dtype)
    selected = ", ".join(_selected(name) for name in arrays)
    # Joined, since a cast to an enumeration takes four times as long for a million ids.
    codes = " ".join(f"LEFT JOIN {name}_codes ON {name} = {name}_codes.id" for name in categories)
    n_events, filled = len(arrays[USER_ID]), 0
    # Of a log without bad rows none has to be looked at again, which is half of the time.
    only_good = "WHERE reason IS NULL" if one(db, "SELECT count(reason) FROM seen") else ""
    with _in_order(db):
        rows = db.sql(f"SELECT {selected} FROM checked {codes} {only_good}")
        for batch in rows.to_arrow_reader(BATCH_ROWS):
            end = filled + len(batch)
            for column, values in zip(batch.columns, arrays.values(), strict=True):
                values[filled:end] = column.to_numpy(zero_copy_only=False)[: n_events - filled]
            filled = end
    n_unknown = sum(int((arrays[name] == UNKNOWN).sum()) for name in categories)
    if filled != n_events or n_unknown:
        raise InputError(
            f"the events changed while they were read: {n_events} usable rows became {filled}, "
            f"with {n_unknown} new values; allowed: files that nobody writes to"
        )


def _create_codes(
    db: duckdb.DuckDBPyConnection, name: str, ids: list[str], dtype: np.dtype
) -> None:
    """A table of ids with their places in the list."""
    codes = pa.table({"id": pa.array(ids, pa.string()), "code": np.arange(len(ids), dtype=dtype)})
    db.register("codes", codes)
    db.execute(f"CREATE TABLE {name}_codes AS SELECT * FROM codes")
    db.unregister("codes")


@contextmanager
def _in_order(db: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Rows come as they are in the files: one thread reads, and the files stay the left side.

    A left join keeps the order of its left side; an inner one, as DuckDB does it, does not.
    """
    db.execute("SET threads = 1")
    db.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    yield
    db.execute("RESET threads")
    db.execute("RESET disabled_optimizers")


def _selected(name: str) -> str:
    if name in CATEGORIES:
        return f"coalesce({name}_codes.code, {UNKNOWN})"
    if name in HASHED:
        return hashed(name)
    return f"coalesce({name}, 1)" if name == QUANTITY else name


def hashed(text: str) -> str:
    """SQL for the number that stands for an id, the same in any file; `NO_ID` for none."""
    return f"CASE WHEN {text} IS NULL THEN {NO_ID}::UBIGINT ELSE hash({text}) END"


def _sort_by_time(arrays: dict[str, NDArray]) -> None:
    """Put the events in order, column by column; a log that is in order stays as it is."""
    times = arrays.get(TIMESTAMP)
    if times is None or (times[1:] >= times[:-1]).all():
        return
    order = np.argsort(times, kind="stable")
    for name in list(arrays):
        arrays[name] = arrays[name][order]
