import pytest

from model.columns import CATALOGUE_COLUMNS, EVENT_COLUMNS
from training.config import Knobs
from training.errors import InputError
from training.events.recognise import EVENT_TYPES, recognise

REQUIRED = ("user_id", "product_id")


@pytest.mark.parametrize(
    ("source", "header", "expected"),
    [
        (
            "Amazon Personalize",
            "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP",
            ["USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP", None, "EVENT_VALUE", None],
        ),
        (
            "RetailRocket",
            "timestamp,visitorid,event,itemid,transactionid",
            ["visitorid", "itemid", "event", "timestamp", None, None, "transactionid"],
        ),
        (
            "REES46",
            "event_time,event_type,product_id,category_id,brand,price,user_id,user_session",
            ["user_id", "product_id", "event_type", "event_time", None, None, "user_session"],
        ),
        (
            "UCI Online Retail",
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            ["CustomerID", "StockCode", None, "InvoiceDate", "Quantity", None, "InvoiceNo"],
        ),
        (
            "MovieLens-like",
            "user_id,item_id,weight,datetime",
            ["user_id", "item_id", None, "datetime", None, None, None],
        ),
        (
            "Shopify",
            "customer_id,sku,created_at,quantity,order_id",
            ["customer_id", "sku", None, "created_at", "quantity", None, "order_id"],
        ),
        (
            "Magento",
            "customer_id,product_id,order_date,qty_ordered",
            ["customer_id", "product_id", None, "order_date", "qty_ordered", None, None],
        ),
        (
            "GA4, flattened",
            "user_pseudo_id,item_id,event_name,event_timestamp",
            ["user_pseudo_id", "item_id", "event_name", "event_timestamp", None, None, None],
        ),
    ],
)
def test_the_field_s_exports_are_recognised(source: str, header: str, expected: list[str | None]):
    matched = recognise(header.split(","), EVENT_COLUMNS, {}, REQUIRED)
    assert [matched.get(ours) for ours in EVENT_COLUMNS] == expected, source


def test_our_own_name_goes_before_an_alias():
    found = ["customer", "user_id", "item", "product_id"]
    assert recognise(found, EVENT_COLUMNS, {}, REQUIRED) == {
        "user_id": "user_id",
        "product_id": "product_id",
    }


def test_the_name_given_goes_before_our_own():
    found = ["user_id", "account", "product_id"]
    assert recognise(found, EVENT_COLUMNS, {"user_id": "account"}, REQUIRED)["user_id"] == "account"


def test_one_column_is_not_used_twice():
    found = ["user_id", "product_id", "time"]
    matched = recognise(found, EVENT_COLUMNS, {"basket_id": "time"}, REQUIRED)
    assert matched == {"user_id": "user_id", "product_id": "product_id", "basket_id": "time"}


def test_a_column_named_twice_is_refused():
    with pytest.raises(InputError, match=r"column 'x' is named for user_id and for product_id"):
        recognise(["x"], EVENT_COLUMNS, {"user_id": "x", "product_id": "x"}, REQUIRED)


def test_a_required_column_that_is_not_recognised_is_named():
    with pytest.raises(InputError, match=r"no column 'product_id'.*-P product_id_column"):
        recognise(["user_id", "title"], EVENT_COLUMNS, {}, REQUIRED)


def test_catalogues_of_the_field_are_recognised():
    found = ["ITEM_ID", "PRICE", "CATEGORY_L1", "CREATION_TIMESTAMP"]
    assert recognise(found, CATALOGUE_COLUMNS, {}, ("product_id",)) == {
        "product_id": "ITEM_ID",
        "category": "CATEGORY_L1",
        "price": "PRICE",
    }


def test_event_types_are_named_in_lower_case_and_lead_to_ours():
    assert all(name == name.lower() for name in EVENT_TYPES)
    assert set(EVENT_TYPES.values()) == set(Knobs().event_weights)


def test_the_list_of_products_in_ga4_s_export_is_to_be_unnested():
    with pytest.raises(InputError, match="'items' is a list of products in GA4's export: unnest"):
        recognise(["user_pseudo_id", "event_name", "items"], EVENT_COLUMNS, {}, REQUIRED)


def test_the_only_column_of_customers_named_for_something_else_is_told_so():
    message = r"column 'user_id' is named for timestamp, and user_id has no other; allowed: one use"
    with pytest.raises(InputError, match=message):
        recognise(["user_id", "product_id"], EVENT_COLUMNS, {"timestamp": "user_id"}, REQUIRED)


def test_of_two_columns_of_times_the_one_with_the_day_is_read():
    found = ["user_id", "product_id", "time", "date"]
    assert recognise(found, EVENT_COLUMNS, {}, REQUIRED)["timestamp"] == "date"
