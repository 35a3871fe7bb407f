"""Read a shop's log: stream it through DuckDB, drop what cannot be used, and account for it."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from model.columns import EVENT_COLUMNS, EVENT_TYPE, PRODUCT_ID, TIMESTAMP, USER_ID, VALUE
from training.errors import InputError
from training.events.check import (
    KEPT_AS_GIVEN,
    Reason,
    account,
    distinct,
    given,
    n_usable,
    number_of_reason,
    reasons_for,
    refuse_unusable,
    survey,
    unread_values,
)
from training.events.customer import customer_columns, customer_of
from training.events.dropped import Dropped, one
from training.events.files import (
    columns_of,
    headers_of,
    identifier,
    literal,
    readable,
    table_of,
)
from training.events.frame import frame_of
from training.events.log import PURCHASE, EventLog
from training.events.recognise import recognise, refuse_other_names
from training.events.taken_back import undoes
from training.events.values import (
    TOLD_APART,
    are_whole,
    refuse_inexact,
    sole_event_type,
    value_of,
    whole_among,
    with_returns,
    without_zeros,
)

logger = logging.getLogger("training")


def read_events(
    path: str,
    event_weights: Mapping[str, float],
    columns: Mapping[str, str] | None = None,
    also: Collection[str] = (),
) -> EventLog:
    """Read events as `load_events` does, and log what was dropped, and why."""
    log = load_events(path, event_weights, columns, also)
    for reason, part in log.dropped.items():
        told = "dropped %d of %d rows, %s; first %s"
        logger.warning(told, part.rows, log.n_read, reason, part.first)
    for remark in log.remarks:
        logger.warning(remark)
    return log


def load_events(
    path: str,
    event_weights: Mapping[str, float],
    columns: Mapping[str, str] | None = None,
    also: Collection[str] = (),
) -> EventLog:
    """Read a file or folder of events.

    Parameters
    ----------
    path : str
        CSV, gzipped CSV or Parquet; a file or a folder of files.
    event_weights : mapping of event type to weight
        Events of other types are dropped and counted.
    columns : mapping of our column name to the file's
        Only needed where a name is not recognised.
    also : collection of str
        Columns to keep that training has no use for: ``recommendation_id``.

    Raises
    ------
    InputError
        If the file, a column or every row of it cannot be used, if an event lies in the future,
        or if there are fewer than two customers or products.
    """
    with scratch() as db, readable(path):
        source = table_of(db, path)
        found = columns_of(db, path, source)
        named = columns or {}
        matched = recognise(list(found), (*EVENT_COLUMNS, *also), named, (USER_ID, PRODUCT_ID))
        ids = [*customer_columns(found, named), matched[PRODUCT_ID]]
        refuse_other_names(headers_of(db, path), matched, ids)
        refuse_inexact(db, source, found, ids)
        sole = (
            sole_event_type(db, source, matched[EVENT_TYPE], event_weights)
            if EVENT_TYPE in matched
            else None
        )
        every = {USER_ID: _customer(db, source, found, named), EVENT_TYPE: literal(PURCHASE)}
        values = every | {
            ours: value_of(ours, theirs, found[theirs], event_weights, sole_type=sole)
            for ours, theirs in matched.items()
            if ours != USER_ID
        }
        reasons = reasons_for(values, event_weights)
        _survey(db, source, values, matched, reasons)
        whole = [name for name in TOLD_APART if are_whole(db, distinct(name), name)]
        if whole:  # rare, so that it is looked for among the distinct ids, and then read anew
            values |= {name: without_zeros(values[name]) for name in whole}
            _survey(db, source, values, matched, reasons)
        dropped = account(db, reasons)
        n_read = sum(part.rows for part in dropped.values()) + n_usable(db)
        refuse_unusable(db, path, n_read, dropped, matched)
        frame = frame_of(db, values, event_weights)
        unread = _unread_values(db, frame)
    undated = set(found) - set(matched.values()) if TIMESTAMP not in frame else None
    log = EventLog(frame, n_read, dropped, undoes(event_weights), columns=matched)
    return replace(log, remarks=_remarks(log, sole, unread, undated))


@contextmanager
def scratch() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in a folder, where what does not fit into memory has a place; gone afterwards."""
    with TemporaryDirectory() as folder, duckdb.connect(str(Path(folder, "log.duckdb"))) as db:
        db.execute("SET TimeZone = 'UTC'")
        # In a notebook without widgets there is no bar, and turning it off would be an error.
        if one(db, "SELECT current_setting('enable_progress_bar')"):
            db.execute("SET enable_progress_bar = false")
        yield db


def _customer(
    db: duckdb.DuckDBPyConnection, source: str, types: Mapping[str, str], named: Mapping[str, str]
) -> str:
    """SQL of the customer's id; of two columns each may hold whole numbers by itself."""
    columns = customer_columns(types, named)
    whole = whole_among(db, source, types, columns) if len(columns) > 1 else ()
    return customer_of(columns, types, whole)


def _unread_values(db: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> Dropped | None:
    """Values that are no numbers; a log without missing ones is not looked at again."""
    return unread_values(db) if VALUE in frame and frame[VALUE].isna().any() else None


def _remarks(
    log: EventLog, sole: str | None, unread: Dropped | None, not_read: Collection[str] | None
) -> list[str]:
    """What else a shop should know of its log; ``not_read`` are columns of one without times.

    Raises
    ------
    InputError
        If no purchase is left.
    """
    told = []
    if sole:
        told.append(f"event_type is {sole!r} throughout: it counts as a purchase")
    elif log.target_event != PURCHASE:
        told.append(f"no event is a {PURCHASE}: every {log.target_event} counts as one")
    if unread:
        told.append(
            f"value is not a number in {unread.rows} rows, which count as without one; first "
            f"{unread.first}"
        )
    if not_read is not None:
        others = f" (columns not read: {', '.join(sorted(not_read))})" if not_read else ""
        told.append(
            f"no timestamps{others}: age does not count, and a fifth, the same one by every seed, "
            "is drawn to evaluate on: its figures compare methods and are higher than a future's"
        )
    return told + _came_back(log)


def _came_back(log: EventLog) -> list[str]:
    """How many rows take something back."""
    if log.target_event in log.undoes:
        raise InputError(f"every row is a {log.target_event}; allowed: also what it takes back")
    if not log.settled.is_purchase.any():
        raise InputError(f"every {log.target_event} was taken back; allowed: at least one was not")
    counts = log.frame[EVENT_TYPE].value_counts()
    return [
        f"{name}: {counts[name]} rows, each takes back a {other}"
        for name, other in log.undoes.items()
        if counts.get(name, 0)
    ]


def _raw_columns(values: Mapping[str, str], matched: Mapping[str, str]) -> str:
    """Our columns, and beside those that may be refused the file's own text."""
    ours = [f"{sql} AS {name}" for name, sql in with_returns(values).items()]
    as_given = {**values, **{name: identifier(theirs) for name, theirs in matched.items()}}
    theirs = [
        f"CAST({as_given[name]} AS VARCHAR) AS {given(name)}"
        for name in KEPT_AS_GIVEN
        if name in values
    ]
    return ", ".join([*ours, *theirs])


def _survey(
    db: duckdb.DuckDBPyConnection,
    source: str,
    values: Mapping[str, str],
    matched: Mapping[str, str],
    reasons: Sequence[Reason],
) -> None:
    """Survey the log as a view ``checked``: values as they were read, and why a row is dropped.

    No row is stored. Scanning a file twice is quicker than writing its rows once, and a scan
    takes only the columns that it needs.
    """
    columns, reason = _raw_columns(values, matched), number_of_reason(reasons)
    db.execute(f"CREATE OR REPLACE VIEW raw AS SELECT {columns} FROM {source}")
    db.execute(f"CREATE OR REPLACE VIEW checked AS SELECT *, {reason} AS reason FROM raw")
    survey(db, dated=TIMESTAMP in values)
