"""The benchmark's data as the product's own event logs, cut and asked as their protocols say.

Nothing is downloaded. A data set's folder is ``DIR/<name>``; where each can be had is told in
``docs/quality.md``. Rows go through a temporary Parquet file and `training.events.read`, as a
shop's own file would.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from benchmarks.matrices import matrix_of
from model.columns import EVENT_TYPE, TIMESTAMP
from model.matrix import UserItemMatrix
from training.config import Knobs
from training.errors import InputError
from training.evaluation.tasks import Task, tasks
from training.events.catalogue import catalogue_of, grouped
from training.events.files import literal
from training.events.log import EventLog
from training.events.read import read_events
from training.events.sample import sample
from training.events.split import Split, split, split_by_time
from training.events.values import value_of
from training.matrix.user_item import user_item_matrix

TEST_DAY = pd.Timestamp("2001-03-01")
"""When the held-out part happened, for data that has an order but no dates."""

DAYS_PER_BASKET = 1
"""Ta-Feng's baskets are numbered, not dated: one a day, the held-out one on the test day."""

Ask = Callable[[UserItemMatrix, Split], list[Task]]
"""From the matrix of the past, and both parts, to the tasks that a protocol asks."""


class AbsentError(Exception):
    """A data set is not where it was looked for."""


@dataclass(frozen=True)
class Protocol:
    """One data set, cut and asked.

    Attributes
    ----------
    dataset : str
    parts : Split
        Past and future, with the same ids.
    ask : Ask
    k : int
        Length of the list that the protocol's published figures are of.
    test_days : float or None
        Length of the windows inside the past on which ranking is learnt; None: the product's own.
    """

    dataset: str
    parts: Split
    ask: Ask
    k: int = 10
    test_days: float | None = None

    @cached_property
    def matrix(self) -> UserItemMatrix:
        """The user-item matrix of the past."""
        return user_item_matrix(self.parts.past, Knobs(), self.parts.cutoff)

    def tasks(self) -> list[Task]:
        """What is asked; no task without customers."""
        return [task for task in self.ask(self.matrix, self.parts) if len(task.user_rows)]


def complete_journey(_: Path | None = None) -> Protocol:
    """A grocer's year, from 2017-12-04 on held out; its authors call it simulated."""
    source = sample()
    log = read_events(source.events, Knobs().event_weights, source.event_columns)
    log = grouped(log, catalogue_of(source))
    return Protocol("complete_journey", split_by_time(log, pd.Timestamp("2017-12-04")), both)


def online_retail(data: Path | None) -> Protocol:
    """A gift shop's year without cancellations, from 2011-11-09 on held out."""
    raw = literal(str(file_of(data, "online_retail", "online_retail.parquet")))
    log = log_of(
        f"""SELECT CAST(CAST(CustomerID AS BIGINT) AS VARCHAR) AS user_id,
                   StockCode AS product_id, InvoiceNo AS basket_id,
                   CAST(InvoiceDate AS TIMESTAMP) AS timestamp,
                   Quantity AS quantity, Quantity * UnitPrice AS value
            FROM read_parquet({raw})
            WHERE CustomerID IS NOT NULL AND NOT starts_with(InvoiceNo, 'C') AND Quantity > 0"""
    )
    return Protocol("online_retail", split_by_time(log, pd.Timestamp("2011-11-09")), both)


def tafeng(data: Path | None) -> Protocol:
    """Grocery baskets in order, everybody's last one held out; the order becomes a pseudo-time.

    ::

        ann   basket 0, basket 1, held out     ->   two days before, the day before, the test day
        bob             basket 0, held out     ->          7 days before the test day, the test day
    """
    baskets = literal(str(file_of(data, "tafeng", "baskets.parquet")))
    held_out = literal(str(file_of(data, "tafeng", "test.parquet")))
    log = log_of(
        f"""WITH placed AS (
                SELECT user_id, product_id,
                       max(basket) OVER (PARTITION BY user_id) - basket + 1 AS before
                FROM read_parquet({baskets})
                UNION ALL SELECT user_id, product_id, 0 FROM read_parquet({held_out}))
            SELECT user_id, product_id, concat(user_id, ' ', before) AS basket_id,
                   TIMESTAMP '{TEST_DAY}' - INTERVAL 1 DAY * {DAYS_PER_BASKET} * before AS timestamp
            FROM placed"""
    )
    half = DAYS_PER_BASKET / 2
    parts = split_by_time(log, TEST_DAY - pd.Timedelta(days=half))
    return Protocol("tafeng", parts, all_only, test_days=half)


def taobao(data: Path | None) -> Protocol:
    """Views, carts and purchases without times; one purchase a shopper held out.

    Only what was purchased is masked. Targets viewed before and others are asked apart.
    """
    events = literal(str(file_of(data, "taobao", "events.parquet")))
    held_out = literal(str(file_of(data, "taobao", "test.parquet")))
    parts = undated(
        log_of(
            f"""SELECT *, {_moment(0)} AS timestamp FROM read_parquet({events})
                UNION ALL BY NAME
                SELECT *, 'purchase' AS event_type, {_moment(1)} AS timestamp
                FROM read_parquet({held_out})"""
        )
    )
    return Protocol("taobao", parts, by_views)


def gowalla(data: Path | None) -> Protocol:
    """Check-ins in the split most papers use; what is in train is masked, lists of 20."""
    train, test = (file_of(data, "gowalla", f"{part}.npz") for part in ("train", "test"))
    return from_matrices(train, test, "gowalla", k=20)


def from_matrices(train: Path, test: Path, dataset: str = "", k: int = 10) -> Protocol:
    """Two sparse user-item matrices of one shape; the task ``all`` too where users buy again."""
    past, future = (matrix_of(path) for path in (train, test))
    if past.shape != future.shape:
        raise InputError(f"train has shape {past.shape}, test {future.shape}; allowed: the same")
    frame = pd.concat([_pairs(past, 0), _pairs(future, 1)], ignore_index=True)
    buys_again = past.multiply(future).nnz > 0
    with duckdb.connect() as db:
        db.register("pairs", frame)
        log = log_of("SELECT * FROM pairs", db)
    return Protocol(dataset or train.stem, undated(log), both if buys_again else new_only, k)


def from_events(events: str, cutoff: str | None, rng: np.random.Generator) -> Protocol:
    """Any log that the product reads; without a moment to cut at, as the main job cuts."""
    log = read_events(events, Knobs().event_weights)
    if cutoff is None:
        return Protocol(Path(events).name, split(log, rng), both)
    if not log.has_timestamps:
        raise InputError(f"{events!r} has no timestamps; allowed: no cut-off, or dated events")
    return Protocol(Path(events).name, split_by_time(log, moment_of(cutoff)), both)


def moment_of(text: str) -> pd.Timestamp:
    """A moment in any way in which a log may write one: a date, ISO 8601, seconds since 1970; UTC.

    Raises
    ------
    InputError
        If it is none of these.
    """
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        read = value_of(TIMESTAMP, "given", "VARCHAR")
        [(moment,)] = db.execute(f"SELECT {read} FROM (SELECT ? AS given)", [text]).fetchall()
    if moment is None:
        raise InputError(f"cut-off {text!r} is no time; allowed: ISO 8601, or seconds since 1970")
    return pd.Timestamp(moment)


DATASETS: dict[str, Callable[[Path | None], Protocol]] = {
    "online_retail": online_retail,
    "complete_journey": complete_journey,
    "tafeng": tafeng,
    "taobao": taobao,
    "gowalla": gowalla,
}


def both(matrix: UserItemMatrix, parts: Split) -> list[Task]:
    """``all`` and ``new``, as the product evaluates itself."""
    return tasks(matrix, parts.future)


def all_only(matrix: UserItemMatrix, parts: Split) -> list[Task]:
    """``all`` alone: what is in train counts where it is bought again."""
    return [task for task in both(matrix, parts) if task.name == "all"]


def new_only(matrix: UserItemMatrix, parts: Split) -> list[Task]:
    """``new`` alone: what is in train is masked."""
    return [task for task in both(matrix, parts) if task.name == "new"]


def by_views(matrix: UserItemMatrix, parts: Split) -> list[Task]:
    """``new`` by what the customer viewed in the past: ``seen`` targets, and ``not_seen`` ones.

    Both are asked of one list. ``unseen`` asks for the latter again, of a list that does not show
    what was viewed.
    """
    views = parts.past.where((parts.past.frame[EVENT_TYPE] == "view").to_numpy())
    ones = np.ones(len(views), bool)
    viewed = csr_array((ones, (views.user_rows, views.item_rows)), shape=matrix.shape)
    return [
        part
        for task in new_only(matrix, parts)
        for part in _divided(task, csr_array(viewed[task.user_rows]))
    ]


def _divided(task: Task, viewed: csr_array) -> list[Task]:
    seen = csr_array(task.targets.astype(np.int8).multiply(viewed.astype(np.int8)))
    not_seen = csr_array(task.targets.astype(np.int8) - seen)
    divided = []
    asked = {
        "seen": (task.scenario, seen),
        "not_seen": (task.scenario, not_seen),
        "unseen": ("unseen", not_seen),
    }
    for name, (scenario, targets) in asked.items():
        targets.eliminate_zeros()
        has_some = np.diff(targets.indptr) > 0
        kept = csr_array(targets[np.flatnonzero(has_some)]) > 0
        divided.append(Task(name, scenario, task.user_rows[has_some], csr_array(kept)))
    return divided


def undated(log: EventLog) -> Split:
    """Cut a log written with `_moment`, and forget these times again."""
    parts = split_by_time(log, TEST_DAY)
    return Split(without_times(parts.past), without_times(parts.future), None)


def without_times(log: EventLog) -> EventLog:
    """The same events, as a shop that keeps no times would have them."""
    return replace(log, frame=log.frame.drop(columns=TIMESTAMP, errors="ignore"))


def log_of(sql: str, db: duckdb.DuckDBPyConnection | None = None) -> EventLog:
    """Read what a query gives as the product reads a file."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch, "events.parquet")
        (db or duckdb.connect()).execute(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")
        return read_events(str(path), Knobs().event_weights)


def _moment(part: int) -> str:
    """SQL for a time on the right side of the cut: 0 for the past, 1 for the future."""
    return f"TIMESTAMP '{TEST_DAY}' - INTERVAL 1 DAY * {1 - part}"


def _pairs(matrix: csr_array, part: int) -> pd.DataFrame:
    """Every pair as often as it has events; ids are padded, so that their order is the rows'."""
    rows, columns = (np.repeat(places, matrix.data) for places in matrix.nonzero())
    moment = TEST_DAY - pd.Timedelta(days=1 - part)
    ids = {
        "user_id": np.char.zfill(rows.astype(str), len(str(matrix.shape[0]))),
        "product_id": np.char.zfill(columns.astype(str), len(str(matrix.shape[1]))),
    }
    return pd.DataFrame({**ids, "timestamp": moment})


def file_of(data: Path | None, dataset: str, name: str) -> Path:
    """A file of a data set.

    Raises
    ------
    AbsentError
        If no folder was given or the file is not in it.
    """
    if data is None or not (data / dataset / name).exists():
        where = "no folder was given" if data is None else f"it is not in {str(data)!r}"
        raise AbsentError(
            f"{dataset}/{name} is absent ({where}): give the folder of the benchmark data as "
            "--data DIR or in BENCHMARK_DATA; docs/quality.md tells where each set can be had"
        )
    return data / dataset / name
