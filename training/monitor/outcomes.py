"""What was shown, from a log of served answers, against what was then bought."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from model.columns import EVENT_TYPE, PRODUCT_ID, RECOMMENDATION_ID, TIMESTAMP, USER_ID, VALUE
from training.errors import InputError
from training.events.files import table_of
from training.events.log import PURCHASE

VERSION = "version"
REQUIRED = (USER_ID, PRODUCT_ID)


@dataclass(frozen=True)
class Outcome:
    """What one version's answers led to.

    Attributes
    ----------
    answers : int
        Lists that were shown: by ``recommendation_id``, else by customer.
    hit_rate : float
        Share of the answers of which something was bought.
    revenue : float
        Spending on shown products; number of purchases where the events have no value.
    """

    version: str
    answers: int
    hit_rate: float
    purchases: int
    revenue: float


def read_served(path: str, events: str) -> pd.DataFrame:
    """One row a shown product: ``version, answer, purchases, revenue``.

    The log of answers has the columns ``user_id, product_id`` and, where there are some,
    ``recommendation_id, version, timestamp``. A purchase belongs to an answer by
    ``recommendation_id`` if both files have it, else by customer and product, later than the
    answer where both have times.

    Raises
    ------
    InputError
        If the file cannot be read or a required column is absent.
    """
    with TemporaryDirectory() as scratch, duckdb.connect(str(Path(scratch, "served.duckdb"))) as db:
        shown, bought = table_of(db, path), table_of(db, events)
        theirs, ours = _columns(db, shown, path), _columns(db, bought, events)
        answer = RECOMMENDATION_ID if RECOMMENDATION_ID in theirs else USER_ID
        version = f"CAST(s.{VERSION} AS VARCHAR)" if VERSION in theirs else "'not logged'"
        value = f"coalesce(TRY_CAST(b.{VALUE} AS DOUBLE), 0)" if VALUE in ours else "1"
        return db.execute(
            f"SELECT {version} AS version, CAST(s.{answer} AS VARCHAR) AS answer, "
            f"count(b.{PRODUCT_ID}) AS purchases, "
            f"sum(CASE WHEN b.{PRODUCT_ID} IS NULL THEN 0 ELSE {value} END) AS revenue "
            f"FROM {shown} s LEFT JOIN {bought} b ON {_belongs(theirs, ours)} GROUP BY ALL"
        ).df()


def _belongs(theirs: set[str], ours: set[str]) -> str:
    """SQL: this purchase (b) belongs to this shown product (s)."""
    both = theirs & ours
    key = RECOMMENDATION_ID if RECOMMENDATION_ID in both else USER_ID
    conditions = [
        f"CAST(s.{name} AS VARCHAR) = CAST(b.{name} AS VARCHAR)" for name in (PRODUCT_ID, key)
    ]
    if key == USER_ID and TIMESTAMP in both:
        conditions.append(f"CAST(b.{TIMESTAMP} AS TIMESTAMP) >= CAST(s.{TIMESTAMP} AS TIMESTAMP)")
    if EVENT_TYPE in ours:
        conditions.append(f"lower(b.{EVENT_TYPE}) = '{PURCHASE}'")
    return " AND ".join(conditions)


def outcomes(served: pd.DataFrame) -> list[Outcome]:
    """Hit rate and revenue by version, in the versions' order."""
    found = []
    for version, rows in served.groupby("version", sort=True):
        bought = rows.groupby("answer")["purchases"].sum()
        found.append(
            Outcome(
                str(version),
                len(bought),
                float((bought > 0).mean()),
                int(bought.sum()),
                float(rows["revenue"].sum()),
            )
        )
    return found


def _columns(db: duckdb.DuckDBPyConnection, source: str, path: str) -> set[str]:
    found = {row[0] for row in db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    absent = [name for name in REQUIRED if name not in found]
    if absent:
        raise InputError(f"{path!r} has no column {absent[0]!r}; it has {', '.join(sorted(found))}")
    return found
