"""What a row of events must be: every dropped row has a reason, an unusable log an error."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from model.columns import (
    EVENT_TYPE,
    MAX_ID_BYTES,
    PRODUCT_ID,
    QUANTITY,
    TIMESTAMP,
    USER_ID,
    VALUE,
)
from training.errors import InputError
from training.events.dropped import Dropped, one, shortened
from training.events.files import MISSING, literal, unreadable_lines

UNUSABLE_ID = f"longer than {MAX_ID_BYTES} bytes or with NUL"

SURVEYED = (USER_ID, PRODUCT_ID, EVENT_TYPE)
"""Columns whose distinct values are counted before anything is read into memory."""

KEPT_AS_GIVEN = (EVENT_TYPE, TIMESTAMP, QUANTITY, VALUE)
"""Columns whose text in the file is shown where it cannot be used."""


@dataclass(frozen=True)
class Reason:
    """Why a row is dropped: which of our columns is at fault, and the SQL condition."""

    name: str
    column: str
    condition: str


def unusable_id(column: str) -> str:
    """SQL: an id that the index of ids cannot hold."""
    return f"strlen({column}) > {MAX_ID_BYTES} OR contains({column}, chr(0))"


def given(column: str) -> str:
    """The column of the view ``checked`` that holds a value as it was in the file."""
    return f"given_{column}" if column in KEPT_AS_GIVEN else column


def reasons_for(columns: Collection[str], event_weights: Mapping[str, float]) -> list[Reason]:
    """Every reason to drop a row of a log with these columns; the first that holds counts."""
    ids = (USER_ID, PRODUCT_ID)
    reasons = [Reason(f"no {name}", name, f"{name} IS NULL") for name in ids]
    reasons += [Reason(f"{name} {UNUSABLE_ID}", name, unusable_id(name)) for name in ids]
    weighted = ", ".join(map(literal, event_weights))
    reasons += [
        Reason("no event_type", EVENT_TYPE, f"{EVENT_TYPE} IS NULL"),
        Reason(
            f"event_type without a weight (weighted: {', '.join(event_weights)})",
            EVENT_TYPE,
            f"{EVENT_TYPE} NOT IN ({weighted})",
        ),
    ]
    if TIMESTAMP in columns:
        unread = f"{TIMESTAMP} IS NULL OR NOT isfinite({TIMESTAMP})"
        # A year of two digits, as in 31/01/24, is read as one of the first century; and the first
        # day of 1970, in whatever zone, is how many programs write that they know no time.
        ancient = f"{TIMESTAMP} < TIMESTAMP '1971-01-01'"
        reasons += [
            Reason("timestamp missing or not readable", TIMESTAMP, unread),
            Reason("timestamp before 1971", TIMESTAMP, ancient),
        ]
    if QUANTITY in columns:
        missing = ", ".join(map(literal, MISSING))
        no_number = f"{QUANTITY} IS NULL AND {given(QUANTITY)} NOT IN ({missing})"
        reasons += [
            Reason("quantity is not a number", QUANTITY, no_number),
            Reason("quantity not above zero", QUANTITY, f"{QUANTITY} <= 0"),
        ]
    return reasons


def number_of_reason(reasons: Sequence[Reason]) -> str:
    """SQL for the number of the first reason that holds, NULL for a good row."""
    cases = " ".join(f"WHEN {reason.condition} THEN {i}" for i, reason in enumerate(reasons))
    return f"CASE {cases} ELSE NULL END"


def survey(db: duckdb.DuckDBPyConnection, dated: bool) -> None:
    """Count customers, products and event types of the view ``checked`` in one scan.

    The table ``seen`` has one row for each of them and each reason to drop its rows (NULL for good
    ones): how many rows there are, and the latest time.
    """
    latest = f"max({TIMESTAMP})" if dated else "NULL::TIMESTAMP"
    sets = ", ".join(f"({column}, reason)" for column in SURVEYED)
    flags = ", ".join(f"GROUPING({column}) = 0 AS is_{column}" for column in SURVEYED)
    db.execute(
        f"CREATE OR REPLACE TABLE seen AS SELECT {', '.join(SURVEYED)}, {flags}, reason, "
        f"count(*) AS n, {latest} AS latest FROM checked GROUP BY GROUPING SETS ({sets})"
    )


def n_usable(db: duckdb.DuckDBPyConnection) -> int:
    """Good rows of the log."""
    return int(one(db, f"SELECT coalesce(sum(n), 0) FROM seen WHERE {usable(EVENT_TYPE)}"))


def distinct(column: str) -> str:
    """SQL: the distinct values of one column, in good rows and others."""
    return f"(SELECT {column} FROM seen WHERE is_{column})"


def usable(column: str) -> str:
    """SQL for the rows of ``seen`` that tell of one column, in good rows."""
    return f"is_{column} AND reason IS NULL"


def account(db: duckdb.DuckDBPyConnection, reasons: Sequence[Reason]) -> dict[str, Dropped]:
    """Count the dropped rows by reason, and find the first of each.

    Rows count from 1, after the header. Lines that were not readable have no row; they are
    named by their place in their file.
    """
    counts = db.execute(
        f"SELECT reason, sum(n)::BIGINT FROM seen WHERE is_{EVENT_TYPE} AND reason IS NOT NULL "
        "GROUP BY reason ORDER BY reason"
    ).fetchall()
    first = _first_dropped(db, reasons) if counts else {}
    dropped = {reasons[number].name: Dropped(count, first[number]) for number, count in counts}
    return dropped | unreadable_lines(db)


def _first_dropped(db: duckdb.DuckDBPyConnection, reasons: Sequence[Reason]) -> dict[int, str]:
    """Where the first row dropped for each reason is; only a log with such rows is scanned."""
    shown = " ".join(f"WHEN {i} THEN {given(reason.column)}" for i, reason in enumerate(reasons))
    rows = db.execute(
        f"SELECT reason, min(row), arg_min(coalesce(CASE reason {shown} END, ''), row) "
        "FROM (SELECT *, row_number() OVER () AS row FROM checked) "
        "WHERE reason IS NOT NULL GROUP BY reason"
    ).fetchall()
    return {reason: f"row {row}: {shortened(value)!r}" for reason, row, value in rows}


def unread_values(db: duckdb.DuckDBPyConnection) -> Dropped | None:
    """Good rows whose ``value`` is there and is no number; None where there are none."""
    missing = ", ".join(map(literal, MISSING))
    unread = f"{VALUE} IS NULL AND {given(VALUE)} NOT IN ({missing}) AND reason IS NULL"
    if one(db, f"SELECT 1 FROM checked WHERE {unread} LIMIT 1") is None:
        return None  # found without numbering the rows, which takes ten times as long
    count, row, text = db.execute(
        f"SELECT count(*), min(row), arg_min({given(VALUE)}, row) "
        f"FROM (SELECT *, row_number() OVER () AS row FROM checked) WHERE {unread}"
    ).fetchall()[0]
    return Dropped(count, f"row {row}: {shortened(text)!r}")


def refuse_unusable(
    db: duckdb.DuckDBPyConnection,
    path: str,
    n_read: int,
    dropped: Mapping[str, Dropped],
    matched: Mapping[str, str],
) -> None:
    """Raise InputError if what is left cannot make a recommender, or lies in the future."""
    told = "; ".join(f"{reason}: {d.rows}, first {d.first}" for reason, d in dropped.items())
    if sum(d.rows for d in dropped.values()) == n_read:
        seen = ", ".join(f"{ours} from {theirs!r}" for ours, theirs in matched.items())
        raise InputError(f"no usable row in {path!r}, all {n_read} dropped ({told}); read {seen}")
    if TIMESTAMP in matched:
        _refuse_future(db)
    for name, noun in ((USER_ID, "customer"), (PRODUCT_ID, "product")):
        n, only = db.execute(
            f"SELECT count(*), min({name}) FROM seen WHERE {usable(name)}"
        ).fetchall()[0]
        if n < 2:
            raise InputError(
                f"the log has one {noun} only ({only!r}); allowed: at least two, or there is "
                f"nothing to compare" + (f" (dropped: {told})" if told else "")
            )


def _refuse_future(db: duckdb.DuckDBPyConnection) -> None:
    limit = one(db, "SELECT now()::TIMESTAMPTZ::TIMESTAMP + INTERVAL 1 DAY")
    # A year above 9999 comes to Python as text, so SQL compares.
    latest = f"SELECT max(latest) > ? FROM seen WHERE {usable(EVENT_TYPE)}"
    if not db.execute(latest, [limit]).fetchall()[0][0]:
        return
    row, given_text, read_as = db.execute(
        f"SELECT row, {given(TIMESTAMP)}, strftime({TIMESTAMP}, '%Y-%m-%d %H:%M') "
        "FROM (SELECT *, row_number() OVER () AS row FROM checked) "
        f"WHERE reason IS NULL AND {TIMESTAMP} > ? ORDER BY row LIMIT 1",
        [limit],
    ).fetchall()[0]
    raise InputError(
        f"row {row}: timestamp {given_text!r} is {read_as}, in the future; "
        f"allowed: up to {limit:%Y-%m-%d %H:%M} UTC"
    )
