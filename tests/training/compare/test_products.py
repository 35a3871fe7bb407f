import numpy as np
import pandas as pd
import pytest

from model.id_index import IdIndex
from training.compare import products
from training.compare.lists import Shown

CATALOGUE = pd.DataFrame(
    {
        "title": ["Apple", "Bread", ""],
        "category": ["fruit", "bakery", "fruit"],
        "price": ["1", "3", "x"],
    },
    index=["a", "b", "c"],
)


@pytest.fixture
def table() -> pd.DataFrame:
    """Two customers; left shows a, b and a, right shows b and b, c."""
    left = np.array([[0, 1], [0, -1]])
    right = np.array([[1, -1], [1, 2]])
    index = IdIndex.from_ids(["a", "b", "c"])
    return products.exposures(Shown(["u", "v"], np.array([1, 1]), index, left, right))


def test_exposure_is_the_share_of_customers_who_are_shown_a_product(table: pd.DataFrame) -> None:
    assert table["left"].to_dict() == {"a": 1.0, "b": 0.5, "c": 0.0}
    assert table["right"].to_dict() == {"a": 0.0, "b": 1.0, "c": 0.5}


def test_winners_and_losers_carry_titles_or_ids(table: pd.DataFrame) -> None:
    assert [row["title"] for row in products.winners(table, CATALOGUE)] == ["Bread", "c"]
    assert [row["title"] for row in products.losers(table, CATALOGUE)] == ["Apple"]
    assert [row["title"] for row in products.losers(table, None)] == ["a"]


def test_products_shown_by_one_side_only_are_counted(table: pd.DataFrame) -> None:
    expected = {"left": 2, "right": 2, "only_left": 1, "only_right": 1}
    assert products.catalogue_shares(table) == expected


def test_the_mean_price_counts_every_shown_place_that_has_one(table: pd.DataFrame) -> None:
    # left: a twice at 1, b once at 3 -> 5/3; right: b twice at 3, c has no price -> 3.
    found = products.price_shift(table, CATALOGUE)
    assert found == {"left": pytest.approx(5 / 3), "right": pytest.approx(3)}
    assert products.price_shift(table, CATALOGUE[["title"]]) is None


def test_categories_are_shares_of_all_places(table: pd.DataFrame) -> None:
    # left: fruit 2 of 3, bakery 1 of 3; right: fruit 1 of 3, bakery 2 of 3.
    found = {row["category"]: row["change"] for row in products.category_shift(table, CATALOGUE)}
    assert found == {"fruit": pytest.approx(-1 / 3), "bakery": pytest.approx(1 / 3)}


def test_without_a_catalogue_there_are_no_categories(table: pd.DataFrame) -> None:
    assert products.category_shift(table, None) == []


@pytest.mark.parametrize("other", ["3,00", " 3.0 "])
def test_a_price_with_a_comma_is_one_and_what_is_none_does_not_count(
    table: pd.DataFrame, other: str
) -> None:
    for none in ("inf", "-4", "1,200.00", ""):
        catalogue = CATALOGUE.assign(price=["1", other, none])
        assert products.price_shift(table, catalogue) == pytest.approx({"left": 5 / 3, "right": 3})
