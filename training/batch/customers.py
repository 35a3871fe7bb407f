"""Whom to answer: everybody the model knows, or the ids of a file, in its order."""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from model.columns import USER_ID
from model.id_index import IdIndex
from training.batch.asked import Customers, texts
from training.errors import InputError
from training.events.customer import customer_in
from training.events.files import columns_of, readable, table_of, tell_unreadable_lines
from training.events.recognise import recognise

ALL = "all"
TEXT = ".txt"


def customers(users: str, column: str, index: IdIndex) -> Customers:
    """Everybody in the index, or the ids of a file: one row a line, doubles included.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or has no column of customers.
    """
    if users == ALL:
        return Customers(texts(index.ids), np.arange(len(index)))
    ids = _lines(Path(users)) if users.lower().endswith(TEXT) else _column(users, column)
    return Customers(pa.array(ids, pa.string()), index.rows_of_many(ids))


def _lines(path: Path) -> list[str]:
    """Ids of a text file; empty lines are no customers, nor is a header, as ``user_id``."""
    try:
        lines = path.expanduser().read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"users = {str(path)!r} cannot be read: {error}") from error
    ids = [line.strip() for line in lines if line.strip()]
    if recognise(ids[:1], (USER_ID,), {}, ()):
        ids = ids[1:]
    if not ids:
        raise InputError(f"users = {str(path)!r} has no ids; allowed: one on every line")
    return ids


def _column(path: str, column: str) -> list[str | None]:
    """The customers of a table, ids as the training reads them; unreadable lines are told of."""
    named = {USER_ID: column} if column else {}
    with duckdb.connect() as db, readable(path):
        source = table_of(db, path)
        found = columns_of(db, path, source)
        customer = customer_in(db, source, found, named)
        ids = [row[0] for row in db.execute(f"SELECT {customer} FROM {source}").fetchall()]
        tell_unreadable_lines(db, "users")
    return ids
