"""Read a shop's log: stream it through DuckDB, drop what cannot be used, and account for it."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from model.columns import (
    BASKET_ID,
    EVENT_COLUMNS,
    EVENT_TYPE,
    MAX_ID_BYTES,
    PRODUCT_ID,
    QUANTITY,
    TIMESTAMP,
    USER_ID,
    VALUE,
)
from training.errors import InputError
from training.events.files import table_of
from training.events.log import PURCHASE, EventLog
from training.events.recognise import EVENT_TYPES, recognise

UNREADABLE_LINE = "line is not readable as CSV"


def read_events(
    path: str,
    event_weights: Mapping[str, float],
    columns: Mapping[str, str] | None = None,
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

    Raises
    ------
    InputError
        If the file, a column or every row of it cannot be used, if an event lies in the future,
        or if there are fewer than two customers or products.
    """
    with TemporaryDirectory() as scratch, duckdb.connect(str(Path(scratch, "log.duckdb"))) as db:
        db.execute("SET TimeZone = 'UTC'")
        source = table_of(db, path)
        found = _column_types(db, source)
        matched = recognise(list(found), EVENT_COLUMNS, columns or {}, (USER_ID, PRODUCT_ID))
        values = {
            ours: _value(db, source, ours, theirs, found[theirs])
            for ours, theirs in matched.items()
        }
        db.execute(f"CREATE VIEW raw AS SELECT {_raw_columns(values, matched)} FROM {source}")
        reasons = _reasons(values, event_weights)
        db.execute(f"CREATE TABLE checked AS SELECT *, {_first_reason(reasons)} AS reason FROM raw")
        dropped = _count_reasons(db, list(reasons))
        n_read = _one(db, "SELECT count(*) FROM checked") + dropped.get(UNREADABLE_LINE, 0)
        _refuse_unusable(db, path, n_read, dropped, matched)
        return _log(db, values, event_weights, n_read, dropped)


def _column_types(db: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    rows = db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return {name: type_ for name, type_, *_ in rows}


def _value(db: duckdb.DuckDBPyConnection, source: str, ours: str, theirs: str, type_: str) -> str:
    """SQL that turns the file's column into ours; NULL where it cannot."""
    column = '"' + theirs.replace('"', '""') + '"'
    if ours == TIMESTAMP:
        return _timestamp(db, source, column, type_)
    if ours in (QUANTITY, VALUE):
        return f"TRY_CAST({column} AS FLOAT)"
    if ours == EVENT_TYPE:
        spoken = " ".join(f"WHEN '{name}' THEN '{type_}'" for name, type_ in EVENT_TYPES.items())
        plain = f"lower(CAST({column} AS VARCHAR))"
        return f"CASE {plain} {spoken} ELSE {plain} END"
    if type_ in ("FLOAT", "DOUBLE"):  # pandas stores integer ids with gaps as floats
        return (
            f"CASE WHEN {column} = floor({column}) THEN CAST(CAST({column} AS HUGEINT) AS VARCHAR) "
            f"ELSE CAST({column} AS VARCHAR) END"
        )
    return f"NULLIF(CAST({column} AS VARCHAR), '')"


def _timestamp(db: duckdb.DuckDBPyConnection, source: str, column: str, type_: str) -> str:
    """ISO text, native timestamps, or a number of s, ms, µs or ns since 1970, told by its size."""
    if type_.startswith(("TIMESTAMP", "DATE")):
        return f"CAST({column} AS TIMESTAMP)"
    number = f"TRY_CAST({column} AS DOUBLE)"
    typical = _one(
        db,
        f"SELECT median({number}) FROM (SELECT {column} FROM {source} "
        f"WHERE {column} IS NOT NULL LIMIT 10000)",
    )
    if typical is None:
        text = f"regexp_replace(CAST({column} AS VARCHAR), ' ?(UTC|GMT)$', 'Z')"
        return f"CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS TIMESTAMP)"
    units = {1e8: None, 1e11: 1e6, 1e14: 1e3, 1e17: 1.0, float("inf"): 1e-3}
    to_microseconds = next(factor for limit, factor in units.items() if typical < limit)
    if to_microseconds is None:  # smaller than any second since 1973: no clock time
        return "CAST(NULL AS TIMESTAMP)"
    return f"make_timestamp(TRY_CAST({number} * {to_microseconds} AS BIGINT))"


def _raw_columns(values: Mapping[str, str], matched: Mapping[str, str]) -> str:
    ours = [f"{sql} AS {name}" for name, sql in values.items()]
    theirs = [
        f'CAST("{matched[name]}" AS VARCHAR) AS given_{name}'
        for name in (TIMESTAMP, QUANTITY)
        if name in values
    ]
    constant = [] if EVENT_TYPE in values else [f"'{PURCHASE}' AS {EVENT_TYPE}"]
    return ", ".join([*ours, *theirs, *constant])


def _reasons(values: Mapping[str, str], event_weights: Mapping[str, float]) -> dict[str, str]:
    """Why a row is dropped -> the SQL condition; the first that holds counts."""
    weighted = ", ".join(f"'{name}'" for name in event_weights)
    reasons = {f"no {name}": f"{name} IS NULL" for name in (USER_ID, PRODUCT_ID)}
    for name in (USER_ID, PRODUCT_ID):
        reasons[f"{name} longer than {MAX_ID_BYTES} bytes or with NUL"] = (
            f"strlen({name}) > {MAX_ID_BYTES} OR contains({name}, chr(0))"
        )
    if EVENT_TYPE in values:
        reasons["no event_type"] = f"{EVENT_TYPE} IS NULL"
    reasons["event_type without a weight"] = f"{EVENT_TYPE} NOT IN ({weighted})"
    if TIMESTAMP in values:
        reasons["timestamp missing or not readable"] = f"{TIMESTAMP} IS NULL"
    if QUANTITY in values:
        reasons["quantity is not a number"] = (
            f"given_{QUANTITY} IS NOT NULL AND ({QUANTITY} IS NULL OR NOT isfinite({QUANTITY}))"
        )
        reasons["quantity not above zero (a return or a correction)"] = f"{QUANTITY} <= 0"
    return reasons


def _first_reason(reasons: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {sql} THEN {i}" for i, sql in enumerate(reasons.values()))
    return f"CASE {cases} ELSE NULL END"


def _count_reasons(db: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, int]:
    counts = db.execute(
        "SELECT reason, count(*) FROM checked WHERE reason IS NOT NULL GROUP BY ALL ORDER BY 1"
    ).fetchall()
    dropped = {names[reason]: count for reason, count in counts}
    rejects = _one(db, "SELECT count(DISTINCT line) FROM reject_errors") if _has_rejects(db) else 0
    return dropped | ({UNREADABLE_LINE: rejects} if rejects else {})


def _has_rejects(db: duckdb.DuckDBPyConnection) -> bool:
    return bool(_one(db, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'"))


def _refuse_unusable(
    db: duckdb.DuckDBPyConnection,
    path: str,
    n_read: int,
    dropped: Mapping[str, int],
    matched: Mapping[str, str],
) -> None:
    if n_read == 0:
        raise InputError(f"{path!r} has no rows; allowed: at least one event")
    if sum(dropped.values()) == n_read:
        told = "; ".join(f"{reason}: {count}" for reason, count in dropped.items())
        seen = ", ".join(f"{ours} from {theirs!r}" for ours, theirs in matched.items())
        raise InputError(f"no usable row in {path!r}, all {n_read} dropped ({told}); read {seen}")
    if TIMESTAMP in matched:
        _refuse_future(db)
    for name, noun in ((USER_ID, "customer"), (PRODUCT_ID, "product")):
        count = _one(db, f"SELECT count(DISTINCT {name}) FROM checked WHERE reason IS NULL")
        if count < 2:
            raise InputError(
                f"the log has one {noun} only ({_one(db, f'SELECT min({name}) FROM checked')!r}); "
                "allowed: at least two, or there is nothing to compare"
            )


def _refuse_future(db: duckdb.DuckDBPyConnection) -> None:
    latest = "now()::TIMESTAMPTZ::TIMESTAMP + INTERVAL 1 DAY"
    found = db.execute(
        f"SELECT row, given_{TIMESTAMP}, {TIMESTAMP}, {latest} FROM "
        f"(SELECT row_number() OVER () AS row, * FROM checked) "
        f"WHERE reason IS NULL AND {TIMESTAMP} > {latest} ORDER BY row LIMIT 1"
    ).fetchone()
    if found:
        row, given, read_as, limit = found
        raise InputError(
            f"row {row}: timestamp {given!r} is {read_as:%Y-%m-%d %H:%M}, in the future; "
            f"allowed: up to {limit:%Y-%m-%d %H:%M} UTC"
        )


def _log(
    db: duckdb.DuckDBPyConnection,
    values: Mapping[str, str],
    event_weights: Mapping[str, float],
    n_read: int,
    dropped: Mapping[str, int],
) -> EventLog:
    present = [name for name in EVENT_COLUMNS if name in values or name == EVENT_TYPE]
    for name in (USER_ID, PRODUCT_ID, BASKET_ID):
        if name in values:
            db.execute(
                f"CREATE TYPE {name}s AS ENUM (SELECT DISTINCT {name} FROM checked "
                f"WHERE reason IS NULL AND {name} IS NOT NULL ORDER BY 1)"
            )
    used = {
        row[0]
        for row in db.execute(
            f"SELECT DISTINCT {EVENT_TYPE} FROM checked WHERE reason IS NULL"
        ).fetchall()
    }
    by_weight = sorted(used, key=lambda name: (event_weights[name], name))
    db.execute(f"CREATE TYPE {EVENT_TYPE}s AS ENUM ({', '.join(map(repr, by_weight))})")
    enums = (USER_ID, PRODUCT_ID, EVENT_TYPE, BASKET_ID)
    selected = ", ".join(f"{n}::{n}s AS {n}" if n in enums else n for n in present)
    frame = db.execute(f"SELECT {selected} FROM checked WHERE reason IS NULL").df()
    if QUANTITY in frame:
        frame[QUANTITY] = frame[QUANTITY].fillna(1.0)
    return EventLog(frame, n_read, dict(dropped))


def _one(db: duckdb.DuckDBPyConnection, sql: str):  # type: ignore[no-untyped-def]
    row = db.execute(sql).fetchone()
    return row[0] if row else None
