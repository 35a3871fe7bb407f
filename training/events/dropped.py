"""What could not be used of a file: how much, and where the first of it is."""

from dataclasses import dataclass

import duckdb

SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Dropped:
    """Rows dropped for one reason, and where the first of them is: ``row 3: 'x'``."""

    rows: int
    first: str


def shortened(text: str) -> str:
    """As much of a value as a message shows."""
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"


def one(db: duckdb.DuckDBPyConnection, sql: str):  # type: ignore[no-untyped-def]
    """The single value that a query gives."""
    rows = db.execute(sql).fetchall()
    return rows[0][0] if rows else None
