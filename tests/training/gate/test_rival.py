"""The champion's configuration, read back and refitted."""

import numpy as np
import pytest

from model.recommender import NO_ITEM, Recommender
from training.config import Knobs
from training.evaluation.tasks import tasks
from training.events.log import EventLog
from training.events.split import split
from training.fit import fit
from training.gate.rival import lists_for, read_alike


@pytest.mark.parametrize(
    ("champions", "alike"),
    [
        ({"purchase": 9, "like": 3, "view": 1, "dislike": -1}, True),
        ({"view": 1, "like": 2, "purchase": 5}, False),
        ({"view": 2, "like": 1, "dislike": -1, "purchase": 5}, False),
        ({"view": 1, "like": 2, "dislike": 0.5, "purchase": 5}, False),
    ],
    ids=["other weights in the same order", "a type less", "another order", "nothing undone"],
)
def test_a_log_is_the_same_if_its_types_their_order_and_what_they_undo_are(
    champions: dict[str, float], alike: bool
) -> None:
    ours = {"view": 1, "like": 2, "dislike": -1, "purchase": 5}
    assert read_alike(champions, ours) is alike


def test_lists_of_a_model_with_other_customers_and_products_come_in_our_rows(
    shop_log: EventLog, recommender: Recommender, knobs: Knobs
) -> None:
    parts = split(shop_log, np.random.default_rng(0))
    [everything, _] = tasks(fit(parts.past, knobs, parts.cutoff).matrix, parts.future)
    kept = shop_log.frame[shop_log.frame["user_id"].astype(str) >= "010"]
    kept = kept[kept["product_id"].astype(str) >= "p05"].copy()
    for name in ("user_id", "product_id"):
        kept[name] = kept[name].cat.remove_unused_categories()
    other = fit(EventLog(kept, len(kept)), knobs, parts.cutoff)
    lists = lists_for(other, everything, shop_log)
    row = int(np.flatnonzero(everything.user_rows >= 10)[0])
    user_id = shop_log.users.ids_of(everything.user_rows[[row]])[0]
    shown = shop_log.products.ids_of(lists[row][lists[row] != NO_ITEM])
    assert shown == other.recommend(user_id, 20)
    stranger = shop_log.products.ids_of(lists[0][lists[0] != NO_ITEM])
    assert stranger == other.recommend(None, 20)
