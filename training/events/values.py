"""SQL that turns a file's column into ours; NULL where a value cannot be read."""

from collections.abc import Collection, Iterable, Mapping

import duckdb

from model.columns import (
    BASKET_ID,
    EVENT_TYPE,
    PRODUCT_ID,
    QUANTITY,
    RECOMMENDATION_ID,
    TIMESTAMP,
    USER_ID,
    VALUE,
    VERSION,
)
from training.errors import InputError
from training.events.files import MISSING, identifier, literal
from training.events.log import PURCHASE, RETURN
from training.events.recognise import EVENT_TYPES

TOLD_APART = (USER_ID, PRODUCT_ID)
"""Ids of which "1" and "1.0" may be two, in a column where others are no whole numbers."""

IDS = (*TOLD_APART, BASKET_ID, RECOMMENDATION_ID, VERSION)

WHOLE = r"(0|[1-9]\d*)(\.0+)?"
ZEROS = r"^(0|[1-9]\d*)\.0+$"

NUMBERS = ("FLOAT", "DOUBLE", "DECIMAL", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT")
"""What a column of a Parquet file is called that needs no reading as text."""

EXACT_UP_TO = {"FLOAT": 1 << 24, "DOUBLE": 1 << 53}
"""Whole numbers that floating-point types tell apart."""

NESTED = ("STRUCT(", "MAP(", "UNION(")
"""How the type of a column starts that holds more than one value; a list's ends in brackets."""

UNITS_BY_SIZE = ((1e8, None), (1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3))
"""Numbers below the limit are so many microseconds each: seconds, then ms, µs and ns since 1970.

Below 1e8 (March 1973 in seconds) a number is no time.
"""

WITHOUT_SEPARATORS = ("%Y%m%d", "%Y%m%d%H%M", "%Y%m%d%H%M%S")
"""Times as 20240131, 202401311022 or 20240131102233."""

LOOKS_WITHOUT_SEPARATORS = r"(19|20)\d{6}(\d{4}(\d\d)?)?"
"""As milliseconds, 12 such digits would be of 1976, and 14 of the year 2572 or later."""


def value_of(
    ours: str,
    theirs: str,
    type_: str,
    event_types: Collection[str] = (),
    whole: Collection[str] = (),
    sole_type: str | None = None,
) -> str:
    """SQL for one of our columns, from the column ``theirs`` that has this DuckDB type.

    Event types get their usual name (`EVENT_TYPES`) unless the shop's own is in ``event_types``;
    ``sole_type`` is what `sole_event_type` says of the column. ``whole`` are the file's columns of
    whole numbers (`whole_among`).
    """
    column = identifier(theirs)
    _refuse_nested(ours, theirs, type_)
    if ours == TIMESTAMP:
        return _timestamp(column, type_)
    if ours in (QUANTITY, VALUE):
        return _number(column, type_)
    if ours == EVENT_TYPE:
        return _event_type(column, event_types, sole_type)
    return text_of(ours, theirs, type_, whole)


def with_returns(values: Mapping[str, str]) -> dict[str, str]:
    """SQL of our columns, in which a purchase of a negative quantity is a return of that many.

    So are returns that say their number with a minus, as the cancelled invoices of many shops do.
    """
    if QUANTITY not in values:
        return dict(values)
    pieces, type_ = values[QUANTITY], values[EVENT_TYPE]
    came_back = f"{type_} IN ({literal(PURCHASE)}, {literal(RETURN)}) AND {pieces} < 0"
    return {
        **values,
        EVENT_TYPE: f"CASE WHEN {came_back} THEN {literal(RETURN)} ELSE {type_} END",
        QUANTITY: f"CASE WHEN {came_back} THEN -{pieces} ELSE {pieces} END",
    }


def text_of(ours: str, theirs: str, type_: str, whole: Collection[str]) -> str:
    """SQL for a column of text; ids that are whole numbers lose a fraction of zeros.

    Raises
    ------
    InputError
        If a column of ids holds lists or the like.
    """
    column = identifier(theirs)
    text = f"CAST({column} AS VARCHAR)"
    if ours in IDS:
        _refuse_nested(ours, theirs, type_)
        if type_ in ("FLOAT", "DOUBLE"):
            return _whole(column)
        if type_.startswith("DECIMAL") or theirs in whole or ours not in TOLD_APART:
            text = without_zeros(text)
    missing = ", ".join(map(literal, MISSING if ours in IDS else ("",)))
    return f"CASE WHEN trim({text}) NOT IN ({missing}) THEN {text} END"


def without_zeros(text: str) -> str:
    """SQL for a text: a whole number without its fraction, anything else as it is."""
    return f"regexp_replace({text}, {literal(ZEROS)}, '\\1')"


def whole_among(
    db: duckdb.DuckDBPyConnection, source: str, types: Mapping[str, str], columns: Iterable[str]
) -> set[str]:
    """Columns of text in which every id is a whole number, some like 42.0 or 42.00.

    So pandas writes whole numbers beside a missing one. Of a folder's files some may be written so,
    and others without a fraction.
    """
    return {
        column
        for column in columns
        if types[column] == "VARCHAR" and are_whole(db, source, identifier(column))
    }


def refuse_inexact(
    db: duckdb.DuckDBPyConnection, source: str, types: Mapping[str, str], columns: Iterable[str]
) -> None:
    """Refuse ids that are floating-point numbers too large to be told from their neighbours.

    In a folder of Parquet files one column of floating-point numbers makes those of all files such.
    """
    for theirs in columns:
        limit, number = EXACT_UP_TO.get(types[theirs]), identifier(theirs)
        if limit is None:
            continue
        beyond = f"abs({number}) > {limit} AND isfinite({number})"
        found = db.execute(f"SELECT {number} FROM {source} WHERE {beyond} LIMIT 1").fetchone()
        if found:
            raise InputError(
                f"ids in column {theirs!r} are floating-point numbers, and {found[0]:.0f} cannot "
                f"be told from its neighbours; allowed: up to {limit}, or integers or text (in all "
                "files of a folder)"
            )


def are_whole(db: duckdb.DuckDBPyConnection, source: str, ids: str) -> bool:
    """Whether ids, as SQL, are whole numbers throughout, and some have a fraction of zeros.

    What is blank is no id.
    """
    other = f"trim({ids}) <> '' AND NOT regexp_full_match({ids}, {literal(WHOLE)})"
    if db.execute(f"SELECT 1 FROM {source} WHERE {other} LIMIT 1").fetchone():
        return False
    fraction = f"contains({ids}, '.')"
    return db.execute(f"SELECT 1 FROM {source} WHERE {fraction} LIMIT 1").fetchone() is not None


def _refuse_nested(ours: str, theirs: str, type_: str) -> None:
    if type_.startswith(NESTED) or type_.endswith("]"):
        raise InputError(
            f"{ours} is read from column {theirs!r}, which holds {type_}; allowed: one value a "
            "row, so a log with a list of products in a row is to be unnested first"
        )


def _number(column: str, type_: str) -> str:
    """A finite number; 16,50 is one too, but 1,234 is not: nobody can tell what it means."""
    if type_.startswith(NUMBERS):
        number = f"TRY_CAST({column} AS FLOAT)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    # A bare TRY_CAST is pushed into the CSV reader, which then rejects the whole line.
    text = f"trim(CAST({column} AS VARCHAR))"
    with_point = rf"regexp_replace({text}, '^([+-]?\d+),(\d\d?)$', '\1.\2')"
    number = f"coalesce(TRY_CAST({text} AS FLOAT), TRY_CAST({with_point} AS FLOAT))"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _timestamp(column: str, type_: str) -> str:
    """ISO text, native timestamps, 20240131, or s, ms, µs or ns since 1970, value by value."""
    if type_.startswith("TIMESTAMPTZ"):  # of nanoseconds, which become no TIMESTAMP at once
        column = f"CAST({column} AS TIMESTAMPTZ)"
    if type_.startswith(("TIMESTAMP", "DATE")):
        return f"CAST({column} AS TIMESTAMP)"
    text = without_zeros(f"trim(CAST({column} AS VARCHAR))")
    number = f"TRY_CAST({text} AS DOUBLE)"
    formats = ", ".join(map(literal, WITHOUT_SEPARATORS))
    units = " ".join(
        f"WHEN {number} < {limit} THEN "
        + (f"make_timestamp(TRY_CAST({number} * {factor} AS BIGINT))" if factor else "NULL")
        for limit, factor in UNITS_BY_SIZE
    )
    # Ruby and others put a space before the zone, which DuckDB does not take.
    iso = rf"regexp_replace({text}, '(\d) +([+-]\d\d:?\d\d|Z)$', '\1\2')"
    return (
        f"CASE WHEN {number} IS NULL THEN CAST(TRY_CAST({iso} AS TIMESTAMPTZ) AS TIMESTAMP) "
        f"WHEN regexp_full_match({text}, '{LOOKS_WITHOUT_SEPARATORS}') "
        f"THEN try_strptime({text}, [{formats}]) {units} END"
    )


def sole_event_type(
    db: duckdb.DuckDBPyConnection, source: str, theirs: str, event_types: Collection[str]
) -> str | None:
    """The event type of all rows, if they have but one, of no name that anybody knows.

    Most logs show another one soon, so that little is scanned.
    """
    plain = _plain_type(identifier(theirs))
    given = f"SELECT {plain} FROM {source} WHERE {plain}"
    first = db.execute(f"{given} IS NOT NULL LIMIT 1").fetchone()
    if first is None or first[0] in {*event_types, *EVENT_TYPES}:
        return None
    return None if db.execute(f"{given} <> ? LIMIT 1", first).fetchone() else str(first[0])


def _event_type(column: str, event_types: Collection[str], sole_type: str | None) -> str:
    plain = _plain_type(column)
    if sole_type is not None:
        return f"CASE WHEN {plain} IS NOT NULL THEN {literal(PURCHASE)} END"
    usual = {name: ours for name, ours in EVENT_TYPES.items() if name not in event_types}
    spoken = " ".join(f"WHEN {literal(name)} THEN {literal(ours)}" for name, ours in usual.items())
    return f"CASE {plain} {spoken} ELSE {plain} END"


def _plain_type(column: str) -> str:
    return f"lower(trim(CAST({column} AS VARCHAR)))"


def _whole(column: str) -> str:
    """Whole numbers without their fraction, written out; NaN and infinity are no ids."""
    # Of a Parquet file isnan is taken from its statistics, which leave NaN out: always false.
    return (
        f"CASE WHEN NOT isfinite({column}) THEN NULL WHEN {column} = floor({column}) "
        f"THEN coalesce(CAST(TRY_CAST({column} AS HUGEINT) AS VARCHAR), CAST({column} AS VARCHAR)) "
        f"ELSE CAST({column} AS VARCHAR) END"
    )
