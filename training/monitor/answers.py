"""The log of answers: what was shown to whom, and by which version."""

import logging
from collections.abc import Mapping

import pandas as pd

from model.columns import PRODUCT_ID, RECOMMENDATION_ID, TIMESTAMP, USER_ID, VERSION
from training.errors import InputError
from training.events.files import columns_of, headers_of, readable, table_of, tell_unreadable_lines
from training.events.frame import NO_ID, hashed
from training.events.read import scratch
from training.events.recognise import recognise, refuse_other_names
from training.events.values import IDS, refuse_inexact, value_of, whole_among

REQUIRED = (USER_ID, PRODUCT_ID)
COLUMNS = (*REQUIRED, RECOMMENDATION_ID, VERSION, TIMESTAMP)
NOT_LOGGED = "not logged"

logger = logging.getLogger("training")


def read_answers(path: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read a log of answers, one row a shown product, in the order of the file.

    Parameters
    ----------
    path : str
        CSV, gzipped CSV or Parquet; a file or a folder of files.
    columns : mapping of our column name to the events'
        Used where this file has that column, too.

    Returns
    -------
    DataFrame
        ``user_id, product_id, version`` as text, ``recommendation_id`` (a hash, uint64, 0 for none,
        may be absent) and ``timestamp`` (datetime64, UTC, may be absent). Rows that cannot be used
        are dropped, counted and logged.

    Raises
    ------
    InputError
        If the file, a required column or every row of it cannot be used.
    """
    with scratch() as db, readable(path):
        source = table_of(db, path)
        found = columns_of(db, path, source)
        matched = _matched(path, list(found), columns)
        refuse_other_names(headers_of(db, path), matched)
        ids = [theirs for ours, theirs in matched.items() if ours in IDS]
        refuse_inexact(db, source, found, ids)
        whole = whole_among(db, source, found, matched.values())
        values = {
            ours: value_of(ours, theirs, found[theirs], whole=whole)
            for ours, theirs in matched.items()
        }
        values[VERSION] = f"coalesce({values.get(VERSION, 'NULL')}, '{NOT_LOGGED}')"
        if RECOMMENDATION_ID in values:
            values[RECOMMENDATION_ID] = hashed(values[RECOMMENDATION_ID])
        selected = ", ".join(f"{sql} AS {ours}" for ours, sql in values.items())
        answers = db.execute(f"SELECT {selected} FROM {source}").df()
        tell_unreadable_lines(db, "answers")
    return _usable(path, answers)


def shown_after(answers: pd.DataFrame, moment: str) -> pd.DataFrame:
    """The answers after a moment, as the events they are joined with; all of them without times.

    Raises
    ------
    InputError
        If there are none.
    """
    if TIMESTAMP not in answers or not moment:
        return answers
    later = answers[answers[TIMESTAMP] > pd.Timestamp(moment)]
    if later.empty:
        raise InputError(
            f"no answer is later than {moment}, the end of the training window; the newest is of "
            f"{answers[TIMESTAMP].max()}"
        )
    return later


def _matched(path: str, found: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    named = {n: theirs for n, theirs in columns.items() if n in COLUMNS and theirs in found}
    matched = recognise(found, COLUMNS, named, ())
    absent = [name for name in REQUIRED if name not in matched]
    if absent:
        raise InputError(
            f"log of answers {path!r} has no column {absent[0]!r}; it has: {', '.join(found)}"
        )
    return matched


def _usable(path: str, answers: pd.DataFrame) -> pd.DataFrame:
    """Rows with a product, a customer or an answer's id, and a time where there is such a column.

    Raises
    ------
    InputError
        If there are none.
    """
    whose = answers[USER_ID].notna()
    if RECOMMENDATION_ID in answers:
        whose |= answers[RECOMMENDATION_ID] != NO_ID
    bad = {"no user_id": ~whose, "no product_id": answers[PRODUCT_ID].isna()}
    if TIMESTAMP in answers:
        bad["timestamp missing or not readable"] = answers[TIMESTAMP].isna()
    told = [
        f"{reason}: {rows.sum()}, first row {int(rows.argmax()) + 1}"
        for reason, rows in bad.items()
        if rows.any()
    ]
    usable = answers[~pd.DataFrame(bad).any(axis=1)]
    if usable.empty:
        raise InputError(f"no usable row in the log of answers {path!r} ({'; '.join(told)})")
    if told:
        logger.warning("answers: rows dropped, %s", "; ".join(told))
    return usable.reset_index(drop=True)
