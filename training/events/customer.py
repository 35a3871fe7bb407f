"""Whose a row of a file is: the one place where a column becomes a customer's id."""

import logging
from collections.abc import Mapping

import duckdb

from model.columns import USER_ID
from training.events.recognise import recognise, stand_in
from training.events.values import text_of

logger = logging.getLogger("training")


def customer_of(
    db: duckdb.DuckDBPyConnection, table: str, found: Mapping[str, str], named: Mapping[str, str]
) -> str:
    """SQL of the customer's id in a table with these columns and types, NULL where there is none.

    A column that is named stands alone. Else one of visitors counts where that of customers is
    empty (`training.events.recognise.stand_in`).

    Raises
    ------
    InputError
        If the column is neither named nor recognised, or another named one is absent.
    """
    theirs = recognise(list(found), (USER_ID,), named, (USER_ID,))[USER_ID]
    customer = text_of(db, table, USER_ID, theirs, found[theirs])
    visitor = None if USER_ID in named else stand_in(list(found), theirs)
    if visitor is None:
        return customer
    logger.info("where %s is empty, %s is the customer", theirs, visitor)
    return f"coalesce({customer}, {text_of(db, table, USER_ID, visitor, found[visitor])})"
