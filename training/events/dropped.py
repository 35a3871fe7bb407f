"""What could not be used of a file: how much, and where the first of it is."""

import logging
from dataclasses import dataclass

import duckdb

UNREADABLE_LINE = "line is not readable as CSV"
NOT_UTF_8 = "line is not written in UTF-8"
SHOWN_CHARACTERS = 60

logger = logging.getLogger("training")


@dataclass(frozen=True)
class Dropped:
    """Rows dropped for one reason, and where the first of them is: ``row 3: 'x'``."""

    rows: int
    first: str


def unreadable_lines(db: duckdb.DuckDBPyConnection) -> dict[str, Dropped]:
    """Lines that the scans so far could not read, by reason, and the first of each."""
    recorded = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'"
    if not one(db, recorded):
        return {}
    lines = (
        "SELECT file_path, line, any_value(csv_line) AS text, "
        "bool_or(error_type = 'INVALID ENCODING') AS by_encoding "
        "FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY file_path, line"
    )
    found = db.execute(
        "SELECT by_encoding, count(*), first(line ORDER BY file_path, line), "
        f"first(text ORDER BY file_path, line) FROM ({lines}) GROUP BY ALL ORDER BY 1"
    ).fetchall()
    return {
        NOT_UTF_8 if by_encoding else UNREADABLE_LINE: Dropped(
            count, f"line {line}: {shortened((text or '').strip())!r}"
        )
        for by_encoding, count, line, text in found
    }


def tell_unreadable_lines(db: duckdb.DuckDBPyConnection, of: str) -> None:
    """Log the lines that the scans so far could not read, ``of`` which file they are."""
    for reason, part in unreadable_lines(db).items():
        logger.warning("%s: dropped %d lines, %s; first %s", of, part.rows, reason, part.first)


def shortened(text: str) -> str:
    """As much of a value as a message shows."""
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def one(db: duckdb.DuckDBPyConnection, sql: str):  # type: ignore[no-untyped-def]
    """The single value that a query gives."""
    rows = db.execute(sql).fetchall()
    return rows[0][0] if rows else None
