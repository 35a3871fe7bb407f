from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.peers.baskets import Baskets
from training.config import Knobs
from training.events.log import EventLog
from training.events.read import read_events


def log_of(folder: Path, header: str, *rows: str) -> EventLog:
    path = folder / "events.csv"
    path.write_text("\n".join((f"user_id,product_id,{header}", *rows)) + "\n")
    return read_events(str(path), Knobs().event_weights)


def entries(baskets: Baskets, log: EventLog) -> set[tuple[str, str, int, int]]:
    users, items = log.users.ids_of(baskets.user_rows), log.products.ids_of(baskets.item_rows)
    places = (baskets.from_last.tolist(), baskets.n_baskets.tolist())
    return set(zip(users, items, *places, strict=True))


def test_a_day_is_a_basket_and_the_last_is_0(tmp_path: Path) -> None:
    log = log_of(
        tmp_path,
        "timestamp",
        "ann,milk,2024-01-01 09:00",
        "ann,tea,2024-01-01 18:00",
        "ann,tea,2024-01-01 19:00",
        "bob,tea,2024-01-01 10:00",
        "bob,milk,2024-01-02 10:00",
    )
    assert entries(Baskets.of(log), log) == {
        ("ann", "milk", 0, 1),
        ("ann", "tea", 0, 1),
        ("bob", "tea", 1, 2),
        ("bob", "milk", 0, 2),
    }


def test_without_times_each_purchase_is_a_basket_in_an_order_of_chance(tmp_path: Path) -> None:
    rows = ("ann,milk,purchase", "ann,milk,purchase", "ann,jam,view", "bob,tea,purchase")
    baskets = Baskets.of(log_of(tmp_path, "event_type", *rows))
    assert baskets.n_baskets.tolist() == [2, 2, 1]
    assert sorted(baskets.from_last[:2]) == [0, 1]
    assert baskets.matrix(np.ones(3)).max() == pytest.approx(2)


def test_without_times_and_repetition_all_of_a_customers_purchases_are_one_basket(
    tmp_path: Path,
) -> None:
    rows = ("ann,milk,purchase", "ann,tea,purchase", "ann,jam,view", "bob,tea,purchase")
    log = log_of(tmp_path, "event_type", *rows)
    assert entries(Baskets.of(log), log) == {
        ("ann", "milk", 0, 1),
        ("ann", "tea", 0, 1),
        ("bob", "tea", 0, 1),
    }


def test_without_times_a_basket_is_what_has_one_id(tmp_path: Path) -> None:
    rows = ("ann,milk,1", "ann,tea,1", "ann,milk,2", "ann,milk,2", "ann,jam,", "ann,jam,")
    log = log_of(tmp_path, "basket_id", *rows, "bob,tea,7")
    baskets = Baskets.of(log)
    of_ann = baskets.user_rows == 0
    assert set(baskets.n_baskets[of_ann]) == {4}  # the two, and twice jam alone
    names = log.products.ids_of(baskets.item_rows)
    places = {}
    for name, place in zip(names, baskets.from_last, strict=True):
        places.setdefault(name, []).append(int(place))
    assert len(places["milk"]) == len(places["jam"]) == 2
    assert set(places["tea"][:1]) <= set(places["milk"])
