from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.config import Knobs, MainConfig, validated
from training.errors import InputError
from training.events.taken_back import kept, undoes

UNDOES = {"return": "purchase", "remove_from_cart": "cart"}
TYPES = ["return", "remove_from_cart", "view", "cart", "purchase"]

Row = tuple[str, str, float, float]
"""Product, event type, day, pieces; all of one customer."""


def frame_of(rows: Sequence[Row], dated: bool = True) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["product_id", "event_type", "day", "quantity"])
    frame["user_id"] = pd.Categorical(["ann"] * len(frame))
    frame["product_id"] = pd.Categorical(frame["product_id"])
    frame["event_type"] = pd.Categorical(frame["event_type"], TYPES)
    days = pd.to_timedelta(frame.pop("day"), unit="D")
    return frame.assign(timestamp=pd.Timestamp("2024-01-01") + days) if dated else frame


def places_kept(rows: Sequence[Row], dated: bool = True) -> list[int]:
    return np.flatnonzero(kept(frame_of(rows, dated), UNDOES)).tolist()


def test_a_return_takes_back_the_latest_purchase_before_it():
    rows = [
        ("mug", "purchase", 0, 1),
        ("mug", "purchase", 1, 1),
        ("mug", "return", 2, 1),
        ("mug", "purchase", 3, 1),
        ("tea", "purchase", 1, 1),
    ]
    assert places_kept(rows) == [0, 3, 4]


def test_as_many_pieces_come_back_as_were_returned():
    rows = [("mug", "purchase", 0, 2), ("mug", "purchase", 1, 1), ("mug", "return", 2, 3)]
    assert places_kept(rows) == []
    assert places_kept([*rows[:2], ("mug", "return", 2, 1)]) == [0]


def test_parts_that_add_up_take_all_back_but_for_rounding():
    rows = [("tea", "purchase", 0, 0.3), ("tea", "return", 1, 0.1), ("tea", "return", 2, 0.2)]
    weighed = frame_of(rows).astype({"quantity": "float32"})
    assert not kept(weighed, UNDOES).any()


def test_what_came_back_in_part_is_still_bought():
    assert places_kept([("mug", "purchase", 0, 12), ("mug", "return", 1, 2)]) == [0]


def test_a_return_of_what_was_never_bought_takes_nothing_else():
    rows = [("tea", "purchase", 0, 1), ("mug", "return", 1, 1), ("mug", "purchase", 2, 1)]
    assert places_kept(rows) == [0, 2]


def test_a_removal_takes_back_what_was_put_into_the_cart_but_no_view_and_no_purchase():
    rows = [
        ("mug", "purchase", 0, 1),
        ("mug", "cart", 1, 1),
        ("mug", "view", 2, 1),
        ("mug", "remove_from_cart", 3, 1),
    ]
    assert places_kept(rows) == [0, 2]


def test_of_one_moment_the_return_comes_last():
    assert places_kept([("mug", "return", 0, 1), ("mug", "purchase", 0, 1)]) == []


def test_without_times_every_purchase_counts_as_earlier():
    rows = [("mug", "return", 0, 1), ("mug", "purchase", 0, 1), ("tea", "purchase", 0, 1)]
    assert places_kept(rows, dated=False) == [2]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(0, 5)), max_size=20))
def test_never_more_is_taken_back_than_was_returned(events: list[tuple[str, bool, int]]):
    rows = [(p, "return" if back else "purchase", day, 1.0) for p, back, day in events]
    counts = kept(frame_of(rows), UNDOES)
    for product in "ab":
        bought = sum(p == product and not back for p, back, _ in events)
        returned = sum(p == product and back for p, back, _ in events)
        remaining = sum(counts[i] for i, row in enumerate(rows) if row[0] == product)
        assert max(bought - returned, 0) <= remaining <= bought


def test_a_negative_type_undoes_the_weightiest_that_is_not_weightier():
    weights = {"view": 1, "cart": 3, "purchase": 5, "dislike": -0.5, "remove": -4, "refund": -50}
    assert undoes(weights) == {"dislike": "view", "remove": "cart", "refund": "purchase"}


def test_what_undoes_a_purchase_and_a_cart_is_known_without_being_named():
    assert Knobs().event_weights == {
        **{"view": 1.0, "cart": 3.0, "purchase": 5.0},
        **{"remove_from_cart": -3.0, "return": -5.0},
    }
    named = validated(MainConfig, event_weights="view=1,purchase=4,return=-2")
    assert named.event_weights == {"view": 1.0, "purchase": 4.0, "return": -2.0}


@pytest.mark.parametrize("weights", ["purchase=-1,view=2", "view=-1", "view=1,buy=0"])
def test_weights_by_which_nothing_counts_are_refused(weights: str):
    with pytest.raises(InputError, match=r"allowed: 1e-06 to|should have a weight above 0"):
        validated(MainConfig, event_weights=weights)
