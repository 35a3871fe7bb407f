"""The catalogue: what a product is called and where it belongs."""

from collections.abc import Mapping

import duckdb
import pandas as pd

from model.columns import CATALOGUE_COLUMNS, PRODUCT_ID, TITLE
from training.events.files import columns_of, readable, table_of
from training.events.recognise import recognise
from training.events.values import text_of


def read_catalogue(path: str, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read a catalogue, one row a product, indexed by id; a repeated id keeps its first row.

    Every column is text; missing values are empty.

    Raises
    ------
    InputError
        If the file cannot be read, is empty or has no product column.
    """
    with duckdb.connect() as db, readable(path):
        source = table_of(db, path)
        found = columns_of(db, path, source)
        matched = recognise(list(found), CATALOGUE_COLUMNS, columns or {}, (PRODUCT_ID,))
        selected = ", ".join(
            f"coalesce({text_of(db, source, ours, theirs, found[theirs])}, '') AS {ours}"
            for ours, theirs in matched.items()
        )
        frame = db.execute(f"SELECT {selected} FROM {source}").df()
    return frame[frame[PRODUCT_ID] != ""].drop_duplicates(PRODUCT_ID).set_index(PRODUCT_ID)


def titles_of(product_ids: list[str], catalogue: pd.DataFrame | None) -> list[str]:
    """What to call products: their title where the catalogue has one, else their id."""
    if catalogue is None or TITLE not in catalogue:
        return product_ids
    titles = catalogue[TITLE].reindex(product_ids).fillna("")
    return [title or id_ for id_, title in zip(product_ids, titles, strict=True)]
