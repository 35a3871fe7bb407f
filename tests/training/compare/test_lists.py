import numpy as np
import pytest

from model.id_index import IdIndex
from model.recommender import Recommender
from training.compare.lists import Shown, common_prefixes, overlap, overlaps, rank_biased_overlap
from training.compare.lists import shown as lists_of


def test_overlap_is_the_share_of_common_products() -> None:
    left, right = np.array([[1, 2, 3, 4]]), np.array([[4, 3, 9, 8]])
    assert overlap(left, right).tolist() == [0.5]


def test_overlap_of_nothing_with_nothing_is_not_defined() -> None:
    empty = np.array([[-1, -1]])
    assert np.isnan(overlap(empty, empty)).all()


def test_common_prefixes_count_what_both_have_met_so_far() -> None:
    left, right = np.array([[5, 6, 7]]), np.array([[6, 5, -1]])
    assert common_prefixes(left, right).tolist() == [[0, 2, 2]]


def test_rank_biased_overlap_by_hand() -> None:
    # Agreement 0/1, 2/2, 2/3 at p = 0.5; weights (1-p)/p·p^d = 1/2, 1/4, 1/8:
    # 0 + 1/4 + 2/3·1/8 + 2/3·1/8 = 5/12.
    left, right = np.array([[5, 6, 7]]), np.array([[6, 5, 8]])
    assert rank_biased_overlap(left, right, p=0.5) == pytest.approx([5 / 12])


def test_a_short_list_is_compared_as_far_as_the_longer_one_goes() -> None:
    # Padded to ten places, three products are still the same list; nothing with nothing is not.
    short = np.full((1, 10), -1)
    short[0, :3] = [5, 6, 7]
    assert rank_biased_overlap(short, short) == pytest.approx([1])
    assert np.isnan(rank_biased_overlap(np.full((1, 10), -1), np.full((1, 10), -1))).all()
    # Agreement 1/1, 1/2, 1/3 at p = 0.5, and no further: 1/2 + 1/2·1/4 + 1/3·1/8 + 1/3·1/8 = 17/24.
    left, right = np.array([[5, 6, 7, -1]]), np.array([[5, 8, -1, -1]])
    assert rank_biased_overlap(left, right, p=0.5) == pytest.approx([17 / 24])


def test_a_change_of_the_first_place_weighs_more_than_one_of_the_last() -> None:
    left = np.array([[1, 2, 3, 4]])
    first, last = np.array([[9, 2, 3, 4]]), np.array([[1, 2, 3, 9]])
    assert rank_biased_overlap(left, first) < rank_biased_overlap(left, last)


def test_segments_are_thirds_by_history() -> None:
    sizes = np.array([1, 1, 5, 6, 20, 30])
    lists = np.zeros((6, 2), np.int64)
    found = Shown(list("abcdef"), sizes, IdIndex.from_ids(["x"]), lists, lists)
    assert [row["customers"] for row in overlaps(found)] == [6, 2, 2, 2]
    assert overlaps(found)[1]["products_in_history"] == "1 to 1"


def test_a_model_shares_everything_with_itself(recommender: Recommender) -> None:
    rng = np.random.default_rng(0)
    found = lists_of(recommender, recommender, "for_you", 30, rng)
    assert len(found.user_ids) == 30
    everybody = overlaps(found)[0]
    assert everybody["overlap_at_10"] == 1
    assert everybody["rank_biased_overlap"] == pytest.approx(1)
    assert everybody["same_list"] == 1
