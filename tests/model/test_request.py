import contextlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.columns import MOST_PRODUCTS
from model.request import Request, id_of


def test_what_is_left_out_has_its_default():
    assert Request.of({"user_id": "42"}) == Request(
        "42", 10, "for_you", (), explain=False, details=False
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [("001", "001"), (1, "1"), (np.int64(7), "7"), (7.0, "7"), (np.float64(7), "7")],
)
def test_an_id_is_text_and_keeps_its_zeros(value, expected):
    assert id_of(value) == expected


@pytest.mark.parametrize("value", [None, "", float("nan"), np.float32("nan"), pd.NA, pd.NaT])
def test_null_nan_and_empty_are_nobody(value):
    assert id_of(value) is None


@pytest.mark.parametrize("value", [2.0**53, np.float64(-1e300)])
def test_a_float_that_may_have_been_rounded_is_refused(value):
    with pytest.raises(ValueError, match="the last digits are lost; allowed: the id as text"):
        id_of(value)
    assert id_of(2.0**53 - 1) == str(2**53 - 1)
    assert id_of(2**60) == str(2**60)


@pytest.mark.parametrize("value", [True, 1.5, float("inf"), [], {}, b"1"])
def test_another_kind_of_id_is_refused(value):
    with pytest.raises(ValueError, match="allowed: text, a whole number or null"):
        id_of(value)


@pytest.mark.parametrize("recent", [["p1", 2, None, ""], ("p1", 2), np.array(["p1", "2"])])
def test_recent_products_are_ids_without_the_empty_ones(recent):
    assert Request.of({"user_id": "1", "recent_products": recent}).recent_products == ("p1", "2")


@pytest.mark.parametrize("recent", [None, float("nan"), []])
def test_no_recent_products_may_be_said_in_several_ways(recent):
    assert Request.of({"user_id": "1", "recent_products": recent}).recent_products == ()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("k", 0, "from 1 to 100"),
        ("k", 101, "from 1 to 100"),
        ("k", True, "from 1 to 100"),
        ("k", 10.5, "from 1 to 100"),
        ("scenario", "nope", "for_you"),
        ("scenario", ["for_you"], "for_you"),
        ("explain", 1, "true or false"),
        ("details", "yes", "true or false"),
        ("recent_products", "p1", "a list of product ids"),
        ("recent_products", [["p1"]], "recent_products = "),
        ("recent_products", ["p"] * (MOST_PRODUCTS + 1), "at most 1000"),
        ("scenario", "similar", "'product_ids' is missing or empty"),
        ("product_ids", ["p1"], "'for_you' is about a customer.*allowed with them: similar, "),
        ("product_ids", "p1", "a list of product ids"),
        ("colour", "red", "'colour' is not known"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(field, value, message):
    with pytest.raises(ValueError, match=message):
        Request.of({"user_id": "1", field: value})


@pytest.mark.parametrize("scenario", ["similar", "bought_together"])
def test_a_scenario_about_products_takes_their_ids(scenario: str):
    request = Request.of({"user_id": None, "scenario": scenario, "product_ids": ["p1", 2, None]})
    assert request.product_ids == ("p1", "2")


def test_a_customer_must_be_named_even_if_it_is_nobody():
    with pytest.raises(ValueError, match="'user_id' is missing"):
        Request.of({"k": 3})
    assert Request.of({"user_id": None}).user_id is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["user_id", "k", "scenario", "recent_products", "product_ids", "explain", "details", "x"]
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(FIELDS, JSON))
def test_anything_is_either_a_request_or_a_value_error(given_fields):
    with contextlib.suppress(ValueError):
        user_id = Request.of(given_fields).user_id
        assert user_id is None or isinstance(user_id, str)
