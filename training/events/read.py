"""Read a shop's log: stream it through DuckDB, drop what cannot be used, and account for it."""

import logging
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from model.columns import (
    BASKET_ID,
    EVENT_COLUMNS,
    EVENT_TYPE,
    PRODUCT_ID,
    QUANTITY,
    TIMESTAMP,
    USER_ID,
)
from training.events.check import (
    KEPT_AS_GIVEN,
    UNREADABLE_LINE,
    account,
    given,
    number_of_reason,
    one,
    reasons_for,
    refuse_unusable,
)
from training.events.files import columns_of, identifier, literal, table_of
from training.events.log import PURCHASE, EventLog
from training.events.recognise import recognise
from training.events.values import value_of

logger = logging.getLogger("training")


def read_events(
    path: str,
    event_weights: Mapping[str, float],
    columns: Mapping[str, str] | None = None,
) -> EventLog:
    """Read a file or folder of events; what was dropped, and why, is logged.

    Parameters
    ----------
    path : str
        CSV, gzipped CSV or Parquet; a file or a folder of files.
    event_weights : mapping of event type to weight
        Events of other types are dropped and counted.
    columns : mapping of our column name to the file's
        Only needed where a name is not recognised.

    Raises
    ------
    InputError
        If the file, a column or every row of it cannot be used, if an event lies in the future,
        or if there are fewer than two customers or products.
    """
    with TemporaryDirectory() as scratch, duckdb.connect(str(Path(scratch, "log.duckdb"))) as db:
        db.execute("SET TimeZone = 'UTC'")
        source = table_of(db, path)
        found = columns_of(db, path, source)
        matched = recognise(list(found), EVENT_COLUMNS, columns or {}, (USER_ID, PRODUCT_ID))
        values = {
            ours: value_of(db, source, ours, theirs, found[theirs], event_weights)
            for ours, theirs in matched.items()
        }
        reasons = reasons_for(values, event_weights)
        db.execute(f"CREATE VIEW raw AS SELECT {_raw_columns(values, matched)} FROM {source}")
        number = number_of_reason(reasons)
        db.execute(f"CREATE TABLE checked AS SELECT *, {number} AS reason FROM raw")
        dropped = account(db, reasons)
        unreadable = dropped[UNREADABLE_LINE].rows if UNREADABLE_LINE in dropped else 0
        n_read = one(db, "SELECT count(*) FROM checked") + unreadable
        refuse_unusable(db, path, n_read, dropped, matched)
        frame = _frame(db, values, event_weights)
    for reason, part in dropped.items():
        logger.warning("dropped %d of %d rows, %s; first %s", part.rows, n_read, reason, part.first)
    if TIMESTAMP not in values:
        logger.warning(
            "no timestamps: age does not count, and a random fifth of the purchases (by the seed) "
            "is held out to evaluate"
        )
    return EventLog(frame, n_read, {reason: part.rows for reason, part in dropped.items()})


def _raw_columns(values: Mapping[str, str], matched: Mapping[str, str]) -> str:
    """Our columns, and beside those that may be refused the file's own text."""
    ours = [f"{sql} AS {name}" for name, sql in values.items()]
    theirs = [
        f"CAST({identifier(matched[name])} AS VARCHAR) AS {given(name)}"
        for name in KEPT_AS_GIVEN
        if name in values
    ]
    constant = [] if EVENT_TYPE in values else [f"{literal(PURCHASE)} AS {EVENT_TYPE}"]
    return ", ".join([*ours, *theirs, *constant])


def _frame(
    db: duckdb.DuckDBPyConnection, values: Mapping[str, str], event_weights: Mapping[str, float]
) -> pd.DataFrame:
    """The good rows; ids as categories in byte order, event types by weight."""
    usable = "FROM checked WHERE reason IS NULL"
    present = [name for name in EVENT_COLUMNS if name in values or name == EVENT_TYPE]
    for name in (USER_ID, PRODUCT_ID, BASKET_ID):
        if name in values:
            distinct = f"SELECT DISTINCT {name} {usable} AND {name} IS NOT NULL ORDER BY 1"
            db.execute(f"CREATE TYPE {name}s AS ENUM ({distinct})")
    used = {row[0] for row in db.execute(f"SELECT DISTINCT {EVENT_TYPE} {usable}").fetchall()}
    by_weight = sorted(used, key=lambda name: (event_weights[name], name))
    db.execute(f"CREATE TYPE {EVENT_TYPE}s AS ENUM ({', '.join(map(literal, by_weight))})")
    enums = (USER_ID, PRODUCT_ID, EVENT_TYPE, BASKET_ID)
    selected = ", ".join(f"{n}::{n}s AS {n}" if n in enums else n for n in present)
    frame = db.execute(f"SELECT {selected} {usable}").df()
    if QUANTITY in frame:
        frame[QUANTITY] = frame[QUANTITY].fillna(1.0)
    return frame
