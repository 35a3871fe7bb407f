"""Whose a row of a file is: the one place where a column becomes a customer's id."""

import logging
from collections.abc import Collection, Mapping

import duckdb

from model.columns import USER_ID
from training.events.recognise import recognise, stand_in
from training.events.values import refuse_inexact, text_of, whole_among

logger = logging.getLogger("training")


def customer_columns(found: Collection[str], named: Mapping[str, str]) -> list[str]:
    """The column of customers, and that of visitors which counts where it is empty.

    A column that is named stands alone (`training.events.recognise.stand_in`).

    Raises
    ------
    InputError
        If the column is neither named nor recognised, or another named one is absent.
    """
    customer = recognise(list(found), (USER_ID,), named, (USER_ID,))[USER_ID]
    visitor = None if USER_ID in named else stand_in(list(found), customer)
    if visitor is None:
        return [customer]
    logger.info("where %s is empty, %s is the customer", customer, visitor)
    return [customer, visitor]


def customer_of(columns: Collection[str], types: Mapping[str, str], whole: Collection[str]) -> str:
    """SQL of the customer's id from these columns, NULL where there is none."""
    ids = (text_of(USER_ID, theirs, types[theirs], whole) for theirs in columns)
    return f"coalesce({', '.join(ids)})"


def customer_in(
    db: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str], named: Mapping[str, str]
) -> str:
    """The same for a table with columns of these types, ids as training reads them.

    Raises
    ------
    InputError
        As `customer_columns` and `refuse_inexact` do.
    """
    columns = customer_columns(types, named)
    refuse_inexact(db, table, types, columns)
    return customer_of(columns, types, whole_among(db, table, types, columns))
