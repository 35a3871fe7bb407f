"""Protocols on data small enough to check by eye."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, save_npz

from benchmarks import datasets
from benchmarks.datasets import AbsentError, Protocol
from model.columns import PRODUCT_ID, TIMESTAMP, USER_ID
from training.errors import InputError
from training.evaluation.tasks import Task
from training.events.log import EventLog


def write(folder: Path, name: str, rows: list[tuple], columns: str) -> None:
    """Write rows as ``folder/name``."""
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=columns.split()).to_parquet(folder / name)


def asked(protocol: Protocol) -> dict[str, dict[str, set[str]]]:
    """Task name -> customer -> targets."""
    matrix = protocol.matrix

    def targets(task: Task) -> dict[str, set[str]]:
        rows = [np.flatnonzero(row) for row in task.targets.toarray()]
        named = [set(matrix.products.ids_of(row)) for row in rows]
        return dict(zip(matrix.users.ids_of(task.user_rows), named, strict=True))

    return {task.name: targets(task) for task in protocol.tasks()}


def pairs(log: EventLog) -> set[tuple[str, str]]:
    return set(log.frame[[USER_ID, PRODUCT_ID]].itertuples(index=False, name=None))


def test_online_retail_drops_strangers_cancellations_and_returns(tmp_path: Path) -> None:
    early, late = pd.Timestamp("2011-11-08 23:59"), pd.Timestamp("2011-11-09")
    rows = [
        ("1", "mug", 2, early, 1.5, 7.0),
        ("1", "lamp", 1, early, 9.0, 8.0),
        ("2", "stranger", 1, early, 1.0, None),
        ("C3", "cancelled", 1, early, 1.0, 7.0),
        ("4", "returned", -1, early, 1.0, 7.0),
        ("5", "mug", 1, late, 1.5, 7.0),
        ("5", "new", 1, late, 1.0, 7.0),
        ("6", "mug", 1, late, 1.5, 9.0),
    ]
    columns = "InvoiceNo StockCode Quantity InvoiceDate UnitPrice CustomerID"
    write(tmp_path / "online_retail", "online_retail.parquet", rows, columns)
    protocol = datasets.online_retail(tmp_path)
    assert pairs(protocol.parts.past) == {("7", "mug"), ("8", "lamp")}
    assert protocol.parts.past.frame["value"].tolist() == [3.0, 9.0]  # 2 · 1.5 and 1 · 9
    assert asked(protocol) == {"all": {"7": {"mug", "new"}}, "new": {"7": {"new"}}}


def test_tafengs_baskets_are_aligned_at_the_held_out_one(tmp_path: Path) -> None:
    baskets = [("ann", 0, "milk"), ("ann", 1, "tea"), ("bob", 0, "milk")]
    write(tmp_path / "tafeng", "baskets.parquet", baskets, "user_id basket product_id")
    held_out = [("ann", "milk"), ("bob", "eggs")]
    write(tmp_path / "tafeng", "test.parquet", held_out, "user_id product_id")
    protocol = datasets.tafeng(tmp_path)
    times = protocol.parts.past.frame.set_index([USER_ID, PRODUCT_ID])[TIMESTAMP]
    days = ((datasets.TEST_DAY - times) / pd.Timedelta(days=1)).to_dict()
    assert days == {("ann", "milk"): 2, ("ann", "tea"): 1, ("bob", "milk"): 1}
    assert asked(protocol) == {"all": {"ann": {"milk"}, "bob": {"eggs"}}}


def test_taobao_masks_purchases_only_and_asks_viewed_targets_apart(tmp_path: Path) -> None:
    rows = [
        ("ann", "hat", "view"),
        ("ann", "bag", "purchase"),
        ("bob", "hat", "cart"),
        ("bob", "bag", "purchase"),
    ]
    write(tmp_path / "taobao", "events.parquet", rows, "user_id product_id event_type")
    held_out = [("ann", "hat"), ("bob", "hat")]
    write(tmp_path / "taobao", "test.parquet", held_out, "user_id product_id")
    protocol = datasets.taobao(tmp_path)
    assert not protocol.parts.past.has_timestamps
    assert protocol.parts.cutoff is None
    bobs = {"bob": {"hat"}}
    assert asked(protocol) == {"seen": {"ann": {"hat"}}, "not_seen": bobs, "unseen": bobs}
    assert [t.scenario for t in protocol.tasks()] == ["discover", "discover", "unseen"]


def matrices(folder: Path, train: list[list[float]], test: list[list[int]]) -> tuple[Path, Path]:
    paths = folder / "train.npz", folder / "test.npz"
    for path, rows in zip(paths, (train, test), strict=True):
        save_npz(path, csr_array(np.array(rows, np.float32)))
    return paths


def test_pairs_keep_the_order_of_their_rows_and_train_is_masked(tmp_path: Path) -> None:
    train = [[1, 0, 1], [1, 1, 0]]
    protocol = datasets.from_matrices(*matrices(tmp_path, train, [[0, 1, 0], [0, 0, 1]]))
    assert (protocol.matrix.weights.toarray() > 0).astype(int).tolist() == train
    assert asked(protocol) == {"new": {"0": {"1"}, "1": {"2"}}}


def test_matrices_in_which_users_buy_again_are_asked_both_tasks(tmp_path: Path) -> None:
    both = matrices(tmp_path, [[1, 0], [1, 1]], [[1, 1], [0, 1]])
    found = asked(datasets.from_matrices(*both))
    assert found == {"all": {"0": {"0", "1"}, "1": {"1"}}, "new": {"0": {"1"}}}


@pytest.mark.parametrize(
    ("train", "events"),
    [
        ([[1, 3], [1, 0]], [[1, 3], [1, 0]]),  # 1 is the commonest: counts
        ([[1, 50], [1, 0]], [[1, 20], [1, 0]]),  # of which 20 say as much as 50
        ([[4, 4], [1, 0]], [[1, 1], [1, 0]]),  # ratings
        ([[0.5, 1], [1, 0]], [[1, 1], [1, 0]]),  # weights
        ([[-1, 1], [1, 0]], [[0, 1], [1, 0]]),  # a dislike is no purchase
    ],
)
def test_counts_are_so_many_purchases_and_other_values_one(
    tmp_path: Path, train: list[list[float]], events: list[list[int]]
) -> None:
    protocol = datasets.from_matrices(*matrices(tmp_path, train, [[1, 0], [0, 1]]))
    past = protocol.parts.past
    found = np.zeros((2, 2), int)
    np.add.at(found, (past.user_rows, past.item_rows), 1)
    assert found.tolist() == events


@pytest.mark.parametrize(
    ("train", "message"), [([[np.nan, 1]], "no numbers"), ([[0, 0]], "holds no event")]
)
def test_a_matrix_without_an_event_or_with_no_numbers_is_refused(
    tmp_path: Path, train: list[list[float]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        datasets.from_matrices(*matrices(tmp_path, train, [[1, 0]]))


def test_matrices_of_different_shape_are_refused(tmp_path: Path) -> None:
    paths = matrices(tmp_path, [[1, 0]], [[1]])
    with pytest.raises(InputError, match=r"train has shape \(1, 2\), test \(1, 1\)"):
        datasets.from_matrices(*paths)


def test_gowallas_lists_have_twenty_places(tmp_path: Path) -> None:
    (tmp_path / "gowalla").mkdir()
    matrices(tmp_path / "gowalla", [[1, 0], [1, 1]], [[0, 1], [0, 0]])
    protocol = datasets.gowalla(tmp_path)
    assert (protocol.dataset, protocol.k) == ("gowalla", 20)


def test_a_log_is_cut_at_the_moment_given(shop_csv: Path) -> None:
    protocol = datasets.from_events(str(shop_csv), "2024-04-01", np.random.default_rng(0))
    assert protocol.parts.cutoff == pd.Timestamp("2024-04-01")
    assert set(asked(protocol)) == {"all", "new"}


def test_a_log_without_times_cannot_be_cut_at_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("user_id,product_id\na,x\nb,y\n")
    with pytest.raises(InputError, match="no timestamps"):
        datasets.from_events(str(path), "2024-04-01", np.random.default_rng(0))


@pytest.mark.parametrize("name", ["online_retail", "tafeng", "taobao", "gowalla"])
def test_absent_data_is_told_with_the_way_to_give_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(AbsentError, match=rf"{name}/.*no folder was given.*BENCHMARK_DATA"):
        datasets.DATASETS[name](None)
    with pytest.raises(AbsentError, match=rf"{name}/.*not in '{tmp_path}'"):
        datasets.DATASETS[name](tmp_path)
