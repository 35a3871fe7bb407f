import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.id_index import UNKNOWN_ROW, IdIndex

IDS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=20
)


def test_leading_zeros_are_kept():
    index = IdIndex.from_ids(["1", "001"])
    assert index.ids_of([0, 1]) == ["001", "1"]
    assert index.row("01") == UNKNOWN_ROW


def test_rows_follow_byte_order_and_repeats_count_once():
    index = IdIndex.from_ids(["b", "a", "b", "ä"])
    assert index.ids_of(range(3)) == ["a", "b", "ä"]


@given(st.sets(IDS, min_size=1, max_size=30))
def test_every_id_finds_its_own_row(ids: set[str]):
    index = IdIndex.from_ids(ids)
    assert index.ids_of(index.rows_of(sorted(ids))) == sorted(ids)


@given(st.sets(IDS, max_size=10), st.lists(st.one_of(st.none(), st.text()), max_size=10))
def test_many_rows_are_those_of_each(ids: set[str], asked: list[str | None]):
    index = IdIndex.from_ids(ids)
    each = [UNKNOWN_ROW if id_ is None else index.row(id_) for id_ in asked]
    assert index.rows_of_many(asked).tolist() == each


@given(st.sets(IDS, max_size=10), st.sets(IDS, max_size=10))
def test_the_rows_of_another_index_are_those_of_its_ids(ids: set[str], others: set[str]):
    index, other = IdIndex.from_ids(ids), IdIndex.from_ids(others)
    assert (
        index.rows_of_all(other).tolist() == index.rows_of(sorted(others, key=str.encode)).tolist()
    )


@given(st.sets(IDS, max_size=10), IDS)
def test_an_id_is_found_exactly_if_it_was_given(ids: set[str], other: str):
    assert (other in IdIndex.from_ids(ids)) == (other in ids)


@pytest.mark.parametrize("bad", ["", "x" * 257, "a\0b"])
def test_ids_that_cannot_be_kept_are_refused(bad: str):
    with pytest.raises(ValueError, match="not allowed"):
        IdIndex.from_ids(["fine", bad])


def test_an_id_longer_than_all_stored_ones_is_unknown():
    assert IdIndex(np.array([b"a"])).row("a" * 300) == UNKNOWN_ROW
