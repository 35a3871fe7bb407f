"""The events without one customer: the file's own rows, of which nothing else is read otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from model.columns import PRODUCT_ID, USER_ID
from training.atomic_write import beside
from training.errors import InputError
from training.events.customer import customer_in
from training.events.dropped import one
from training.events.files import PARQUET, columns_of, literal, table_of
from training.events.read import load_events
from training.events.sample import Source


def count_of(source: Source, user_id: str) -> int:
    """How many rows of the events are the customer's."""
    with duckdb.connect() as db:
        table, customer = _customer(db, source)
        return int(one(db, f"SELECT count(*) FROM {table} WHERE {customer} = {literal(user_id)}"))


def write_without(
    source: Source, user_id: str, output: Path, event_weights: Mapping[str, float]
) -> None:
    """Write the other customers' rows, in their order and with the file's own columns.

    Raises
    ------
    InputError
        If training would not read of them what it read before. So it is where a line can be read
        only in part, or where the customer's id was the only one that is no number: "42.0" would
        become "42", and everybody else a stranger. Then nothing is written.
    """
    kind = "FORMAT csv, HEADER" + (", COMPRESSION gzip" if output.suffix == ".gz" else "")
    if output.suffix in PARQUET:
        kind = "FORMAT parquet"
    with beside(output) as path:
        with duckdb.connect() as db:
            db.execute("SET TimeZone = 'UTC'")
            table, customer = _customer(db, source)
            others = f"SELECT * FROM {table} WHERE {customer} IS DISTINCT FROM {literal(user_id)}"
            db.execute(f"COPY ({others}) TO {literal(str(path))} ({kind})")
        remaining = replace(source, events=str(path))
        _refuse_other_changes(source, remaining, user_id, event_weights)


def _customer(db: duckdb.DuckDBPyConnection, source: Source) -> tuple[str, str]:
    """The events as SQL, and the customer's id in them as training reads it."""
    table = table_of(db, source.events)
    found = columns_of(db, source.events, table)
    return table, customer_in(db, table, found, source.event_columns)


def _refuse_other_changes(
    source: Source, remaining: Source, user_id: str, event_weights: Mapping[str, float]
) -> None:
    before, n_before = _read(source, event_weights, without=user_id)
    after, n_after = _read(remaining, event_weights)
    for name, ids in after.items():
        if others := ids - before[name]:
            raise InputError(
                f"without the customer's rows, {len(others)} of {len(ids)} {name} would be read "
                f"otherwise, as {min(others)!r}; allowed: events with ids all of one kind; nothing "
                "was done"
            )
    if n_after != n_before:
        raise InputError(
            f"without the customer {n_before} events are to remain, but only {n_after} can be "
            f"copied from {source.events!r}: some lines have values that cannot be read in columns "
            "that training does not use; allowed: events in UTF-8 throughout; nothing was done"
        )


def _read(
    source: Source, event_weights: Mapping[str, float], without: str | None = None
) -> tuple[dict[str, set[str]], int]:
    """The ids that training reads, and how many events; of all but one customer."""
    log = load_events(source.events, event_weights, source.event_columns)
    row = -1 if without is None else log.users.row(without)
    left = log.user_rows != row
    ids = {
        USER_ID: set(log.users.ids_of(np.unique(log.user_rows[left]))),
        PRODUCT_ID: set(log.products.ids_of(np.unique(log.item_rows[left]))),
    }
    return ids, int(left.sum())
