"""The catalogue: what a product is called and where it belongs."""

import hashlib
import logging
from collections.abc import Mapping

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_pandas_object

from model.columns import CATALOGUE_COLUMNS, CATEGORY, DEPARTMENT, GROUPS, PRODUCT_ID, TITLE
from training.errors import InputError
from training.events.check import UNUSABLE_ID, unusable_id
from training.events.files import columns_of, headers_of, readable, table_of, unreadable_lines
from training.events.log import EventLog
from training.events.recognise import recognise, refuse_other_names
from training.events.sample import Source
from training.events.values import refuse_inexact, text_of, whole_among

logger = logging.getLogger("training")

NARROWER = ">"
"""Stands between the levels of a category that is written as a path."""

SHARED_BY = 2
"""Products that have a value of a column in common, in the mean, for the column to say anything."""

LARGEST_SHARE = 2 / 3
"""Of the products, those that may have one value; what most have in common says nothing either."""


def catalogue_of(source: Source) -> pd.DataFrame | None:
    """The catalogue that belongs to the events, if there is one."""
    if not source.catalogue:
        return None
    return read_catalogue(source.catalogue, source.catalogue_columns)


def read_catalogue(path: str, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read a catalogue, one row a product, indexed by id; a repeated id keeps its first row.

    Every column is text; missing values are empty. How many rows are left out, and why, is logged.
    ``columns`` are our names -> the file's; those it does not have are recognised.

    Raises
    ------
    InputError
        If the file cannot be read, has no usable row or no product column.
    """
    with duckdb.connect() as db, readable(path):
        source = table_of(db, path)
        found = columns_of(db, path, source)
        named = {ours: theirs for ours, theirs in (columns or {}).items() if theirs in found}
        matched = recognise(list(found), CATALOGUE_COLUMNS, named, (PRODUCT_ID,), options=False)
        refuse_other_names(headers_of(db, path), matched)
        refuse_inexact(db, source, found, [matched[PRODUCT_ID]])
        whole = whole_among(db, source, found, [matched[PRODUCT_ID]])
        selected = ", ".join(
            f"coalesce({text_of(ours, theirs, found[theirs], whole)}, '') AS {ours}"
            for ours, theirs in matched.items()
        )
        read = f"(SELECT {selected} FROM {source})"
        frame = db.execute(f"SELECT *, {unusable_id(PRODUCT_ID)} AS unusable FROM {read}").df()
        for reason, part in unreadable_lines(db).items():
            logger.warning("catalogue: %d lines left out, %s; %s", part.rows, reason, part.first)
    products = _one_row_a_product(frame)
    if products.empty:
        raise InputError(f"no usable row in the catalogue {path!r}; allowed: rows with an id")
    return products


def _one_row_a_product(frame: pd.DataFrame) -> pd.DataFrame:
    left_out = {
        f"no {PRODUCT_ID}": frame[PRODUCT_ID] == "",
        f"{PRODUCT_ID} {UNUSABLE_ID}": frame.pop("unusable").astype(bool),
        f"a {PRODUCT_ID} that came before": frame[PRODUCT_ID].duplicated(),
    }
    kept = np.ones(len(frame), bool)
    for reason, rows in left_out.items():
        dropped = kept & rows.to_numpy()
        if dropped.any():
            first = int(np.argmax(dropped))
            logger.warning(
                "catalogue: %d of %d rows left out, %s; first row %d: %.60r",
                *(int(dropped.sum()), len(frame), reason, first + 1, frame[PRODUCT_ID].iloc[first]),
            )
        kept &= ~dropped
    return frame[kept].set_index(PRODUCT_ID)


def grouped(log: EventLog, catalogue: pd.DataFrame | None) -> EventLog:
    """The log, with which of its products share a department, a category, a brand or a title.

    ::

        product   category   title
        p1        tea        green tea          groups = {"category": [1, 1, 2]}
        p2        tea        black tea    ->
        p3        milk       whole milk         titles are left out: no two products share one

    Raises
    ------
    InputError
        If the catalogue knows none of the products.
    """
    if catalogue is None:
        return log
    ids, groups = log.products.ids_of(range(len(log.products))), {}
    if not catalogue.index.isin(ids).any():
        raise InputError(
            f"the catalogue knows none of the {len(ids):,} products of the log: its ids are like "
            f"{catalogue.index[0]!r}, those of the log like {ids[0]!r}; allowed: the same ids"
        )
    for name, column in _shareable(catalogue).items():
        numbers = pd.factorize(column.reindex(ids).replace("", np.nan))[0] + 1
        if _tells(np.bincount(numbers)[1:]):
            groups[name] = numbers.astype(np.int32)
    return log.grouped_by(groups)


def _tells(sizes: NDArray[np.int64]) -> bool:
    """Whether groups of these sizes say what a product is: neither all alike, nor each its own."""
    n = sizes.sum()
    return bool(len(sizes)) and SHARED_BY * len(sizes) <= n and sizes.max() <= LARGEST_SHARE * n


def _shareable(catalogue: pd.DataFrame) -> dict[str, pd.Series]:
    """Columns whose values products may share; ``Tea > Green`` is of the department Tea."""
    columns = {name: catalogue[name] for name in GROUPS if name in catalogue}
    if CATEGORY in columns and DEPARTMENT not in columns:
        broadest = columns[CATEGORY].str.partition(NARROWER)[0].str.strip()
        if not broadest.equals(columns[CATEGORY]):
            columns[DEPARTMENT] = broadest
    return columns


def hash_of(catalogue: pd.DataFrame | None) -> str:
    """The same for the same catalogue; 64 hexadecimal digits, nothing without one."""
    if catalogue is None:
        return ""
    named = ",".join(catalogue.columns).encode()
    return hashlib.sha256(named + hash_pandas_object(catalogue).to_numpy().tobytes()).hexdigest()


def titles_of(product_ids: list[str], catalogue: pd.DataFrame | None) -> list[str]:
    """What to call products, in one line: their title where there is one, else their id."""
    if catalogue is None or TITLE not in catalogue:
        return product_ids
    titles = catalogue[TITLE].reindex(product_ids).fillna("").str.split().str.join(" ")
    return [title or id_ for id_, title in zip(product_ids, titles, strict=True)]
