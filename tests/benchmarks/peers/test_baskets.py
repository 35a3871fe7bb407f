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


def test_without_times_all_of_a_customers_purchases_are_one_basket(tmp_path: Path) -> None:
    rows = ("ann,milk,purchase", "ann,tea,purchase", "ann,jam,view", "bob,tea,purchase")
    log = log_of(tmp_path, "event_type", *rows)
    baskets = Baskets.of(log)
    assert entries(baskets, log) == {
        ("ann", "milk", 0, 1),
        ("ann", "tea", 0, 1),
        ("bob", "tea", 0, 1),
    }
    assert baskets.matrix(np.ones(3)).sum() == pytest.approx(3)
