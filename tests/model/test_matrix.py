from pathlib import Path

import numpy as np
import pytest

from model.matrix import UserItemMatrix
from model.recommender import Recommender
from training.config import Knobs
from training.events.read import read_events
from training.matrix.user_item import end_of, user_item_matrix


@pytest.fixture
def matrix(tmp_path: Path) -> UserItemMatrix:
    """Ann bought milk twice and saw tea, Bob bought tea; all today."""
    (tmp_path / "e.csv").write_text(
        "user_id,product_id,event_type,timestamp\n"
        "ann,milk,purchase,2024-01-01\n"
        "ann,milk,purchase,2024-01-01\n"
        "ann,tea,view,2024-01-01\n"
        "bob,tea,purchase,2024-01-01\n"
    )
    knobs = Knobs(event_weights={"view": 1, "purchase": 5})
    log = read_events(str(tmp_path / "e.csv"), knobs.event_weights)
    return user_item_matrix(log, knobs, end_of(log))


def test_a_customer_s_weights_come_by_product_id_highest_first(matrix: UserItemMatrix):
    weights = matrix.of("ann")
    assert list(weights.index) == ["milk", "tea"]
    assert weights.tolist() == pytest.approx([2.0, 0.2])  # two purchases; a view is 1/5 of one


def test_it_is_shown_by_its_size_and_so_is_what_recommends_from_it(
    matrix: UserItemMatrix, recommender: Recommender
):
    assert repr(matrix) == "UserItemMatrix(2 customers, 2 products, 3 pairs)"
    assert repr(recommender).startswith("Recommender(UserItemMatrix(80 customers, 48 products, ")
    assert repr(recommender).endswith("buy_again, similar_items, similar_customers, low_pass)")


def test_looks_are_the_events_of_the_lightest_type(matrix: UserItemMatrix):
    # Ann's milk, her tea, Bob's tea.
    assert matrix.facts.looks.tolist() == [0, 1, 0]
    assert matrix.facts.seen.tolist() == [0, 1, 0]


def test_an_unknown_customer_has_no_weights(matrix: UserItemMatrix):
    assert matrix.of("nobody").empty
    assert matrix.of("nobody").index.name == matrix.of("ann").index.name == "product_id"


def test_the_frame_has_one_line_a_pair(matrix: UserItemMatrix):
    frame = matrix.to_frame()[["user_id", "product_id", "purchases"]]
    assert frame.to_numpy().tolist() == [
        ["ann", "milk", 2.0],
        ["ann", "tea", 0.0],
        ["bob", "tea", 1.0],
    ]


def test_histories_come_in_the_order_asked_for(matrix: UserItemMatrix):
    histories = matrix.histories(np.array([1, 0, 1]))
    assert histories.bought.toarray().tolist() == [[0, 1], [2, 0], [0, 1]]
    assert histories.user_rows.tolist() == [1, 0, 1]


def test_what_was_merely_seen_is_not_bought(matrix: UserItemMatrix):
    assert matrix.histories(np.array([0])).bought.toarray().tolist() == [[2, 0]]


def test_a_folded_in_product_weighs_as_a_purchase_of_today_and_is_a_look(matrix: UserItemMatrix):
    ann, tea = 0, 1
    folded = matrix.fold_in(ann, np.array([tea, tea]))
    assert folded.weights.toarray()[0].tolist() == pytest.approx([2.0, 0.2 + 2])
    assert folded.bought.toarray().tolist() == [[2, 0]]
    seen = matrix.histories(np.array([ann])).facts.seen
    assert (folded.facts.seen - seen).tolist() == [0, 2]
    assert folded.facts.age_days.tolist() == [0, 0]


def test_a_stranger_s_history_is_their_session(matrix: UserItemMatrix):
    folded = matrix.fold_in(-1, np.array([1]))
    assert folded.weights.toarray().tolist() == [[0, 1]]
    assert folded.user_rows.tolist() == [-1]


def test_folding_in_nothing_is_the_stored_history(recommender: Recommender):
    for row in (0, 33, 79):
        stored = recommender.matrix.histories(np.array([row]))
        folded = recommender.matrix.fold_in(row, np.empty(0, np.int64))
        np.testing.assert_array_equal(folded.weights.toarray(), stored.weights.toarray())
        for fact, values in vars(stored.facts).items():
            np.testing.assert_array_equal(getattr(folded.facts, fact), values)


def test_folding_in_changes_nothing_that_is_stored(matrix: UserItemMatrix):
    before = matrix.weights.toarray()
    matrix.fold_in(0, np.array([0, 1]))
    np.testing.assert_array_equal(matrix.weights.toarray(), before)
