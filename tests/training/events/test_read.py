"""Every promise about reading a shop's own log, on files as shops write them."""

import gzip
import logging
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.config import MainConfig
from training.errors import InputError
from training.events.log import EventLog
from training.events.read import read_events

WEIGHTS = MainConfig().event_weights
DATED = "user_id,product_id,event_type,timestamp\n001,a,view,2024-01-01\n2,b,purchase,2024-01-02\n"

Read = Callable[..., EventLog]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a text to a file and read it as events."""

    def read_text(text: str | bytes, columns: Mapping[str, str] | None = None) -> EventLog:
        path = tmp_path / "events.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_events(str(path), WEIGHTS, columns)

    return read_text


def ids(log: EventLog) -> list[tuple[str, str]]:
    return list(
        zip(log.frame["user_id"].astype(str), log.frame["product_id"].astype(str), strict=True)
    )


def events(log: EventLog) -> list[tuple[str, str, str]]:
    columns = (log.frame[name].astype(str) for name in ("user_id", "product_id", "event_type"))
    return list(zip(*columns, strict=True))


def times(log: EventLog) -> list[str]:
    return log.frame["timestamp"].dt.strftime("%Y-%m-%d %H:%M:%S.%f").str.rstrip("0").tolist()


# Files


def test_a_csv_file_is_read_with_ids_as_text(read: Read):
    log = read(DATED)
    assert ids(log) == [("001", "a"), ("2", "b")]
    assert log.n_read == len(log) == 2
    assert log.n_dropped == {}


def test_a_file_of_mixed_line_ends_is_told_what_it_is(read: Read):
    rows = "".join(f"u{i},p{i % 7}" + ("\r\n" if i % 2 else "\n") for i in range(300))
    with pytest.raises(InputError, match=r"lines end in more than one way; allowed: all in \\n,"):
        read("user_id,product_id\n" + rows)


def test_a_gzipped_csv_file_is_read_whatever_its_name(tmp_path: Path):
    for name in ("events.csv.gz", "named_plain.csv"):
        (tmp_path / name).write_bytes(gzip.compress(DATED.encode()))
        assert ids(read_events(str(tmp_path / name), WEIGHTS)) == [("001", "a"), ("2", "b")]


def test_a_parquet_file_is_read(tmp_path: Path):
    frame = pd.DataFrame({"user_id": ["001", "2"], "product_id": ["a", "b"]})
    frame.to_parquet(tmp_path / "events.parquet")
    assert ids(read_events(str(tmp_path / "events.parquet"), WEIGHTS)) == [("001", "a"), ("2", "b")]


def test_whole_numbers_that_parquet_keeps_as_floats_are_ids_without_fraction(tmp_path: Path):
    frame = pd.DataFrame({"user_id": [1.0, np.nan, 2.0], "product_id": [10, 11, 12]})
    frame.to_parquet(tmp_path / "events.parquet")
    log = read_events(str(tmp_path / "events.parquet"), WEIGHTS)
    assert ids(log) == [("1", "10"), ("2", "12")]
    assert log.n_dropped == {"no user_id": 1}


def test_nan_and_infinity_that_a_parquet_file_keeps_are_no_ids(tmp_path: Path):
    users = pa.array([np.nan, 1.0, 2.0, np.inf], from_pandas=False)
    pq.write_table(pa.table({"user_id": users, "product_id": list("abcd")}), tmp_path / "e.parquet")
    log = read_events(str(tmp_path / "e.parquet"), WEIGHTS)
    assert ids(log) == [("1", "b"), ("2", "c")]
    assert log.n_dropped == {"no user_id": 2}


def test_ids_that_parquet_keeps_as_decimals_lose_a_fraction_of_zeros_only(tmp_path: Path):
    big = Decimal("12345678901234567890.00")
    table = pd.DataFrame(
        {"user_id": [Decimal("42.00"), big], "product_id": [Decimal("10"), Decimal("200")]}
    )
    table.to_parquet(tmp_path / "events.parquet")
    log = read_events(str(tmp_path / "events.parquet"), WEIGHTS)
    assert ids(log) == [("42", "10"), ("12345678901234567890", "200")]


@pytest.mark.parametrize(
    ("product_ids", "type_"),
    [([["a", "b"], ["c"]], "VARCHAR[]"), ([{"id": "a"}, {"id": "b"}], "STRUCT(id VARCHAR)")],
)
def test_a_column_of_lists_is_refused_with_advice(tmp_path: Path, product_ids: list, type_: str):
    path = tmp_path / "events.parquet"
    pd.DataFrame({"user_id": ["1", "2"], "product_id": product_ids}).to_parquet(path)
    with pytest.raises(InputError, match=re.escape(f"which holds {type_}; allowed: one value a")):
        read_events(str(path), WEIGHTS)


def test_ids_that_parquet_keeps_as_bytes_are_text(tmp_path: Path):
    frame = pd.DataFrame({"user_id": [b"J\xc3\xb6", b"b"], "product_id": [b"1", b"2"]})
    frame.to_parquet(tmp_path / "events.parquet")
    assert ids(read_events(str(tmp_path / "events.parquet"), WEIGHTS)) == [("Jö", "1"), ("b", "2")]


def test_a_folder_of_csv_files_is_one_log_even_where_columns_come_in_another_order(tmp_path: Path):
    (tmp_path / "2024").mkdir()
    (tmp_path / "2024" / "a.csv").write_text("user_id,product_id,event_type\n1,a,view\n")
    (tmp_path / "2024" / "b.csv").write_text("event_type,product_id,user_id\npurchase,b,2\n")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(b"product_id,user_id,event_type\nc,3,cart\n"))
    log = read_events(str(tmp_path), WEIGHTS)
    assert ids(log) == [("1", "a"), ("2", "b"), ("3", "c")]
    assert log.frame["event_type"].tolist() == ["view", "purchase", "cart"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_folder_whose_files_call_one_column_differently_is_refused(tmp_path: Path, kind: str):
    """All rows of the second would count as one piece."""
    for name, theirs in (("jan", "quantity"), ("feb", "Qty")):
        frame = pd.DataFrame({"user_id": ["1", "2"], "product_id": ["a", "b"], theirs: [3, 4]})
        if kind == "csv":
            frame.to_csv(tmp_path / f"{name}.csv", index=False)
        else:
            frame.to_parquet(tmp_path / f"{name}.parquet")
    told = rf"feb\.{kind}' has quantity as 'Qty', other files of the folder have it as 'quantity'; "
    with pytest.raises(InputError, match=told):
        read_events(str(tmp_path), WEIGHTS)


def test_a_file_of_a_folder_may_lack_a_column_and_write_names_otherwise(tmp_path: Path):
    (tmp_path / "a.csv").write_text("user_id,product_id,quantity,count\n1,a,2,9\n")
    (tmp_path / "b.csv").write_text("USER_ID,Product_Id\n2,b\n")
    log = read_events(str(tmp_path), WEIGHTS)
    assert ids(log) == [("1", "a"), ("2", "b")]
    assert log.frame["quantity"].tolist() == [2, 1]


def test_a_file_of_a_folder_may_have_visitors_only(tmp_path: Path):
    (tmp_path / "a.csv").write_text("user_id,user_pseudo_id,product_id\n1,x,a\n,y,b\n")
    (tmp_path / "b.csv").write_text("user_pseudo_id,product_id\nz,c\n")
    assert ids(read_events(str(tmp_path), WEIGHTS)) == [("1", "a"), ("y", "b"), ("z", "c")]


def test_a_folder_of_parquet_files_is_one_log(tmp_path: Path):
    for name, user in (("a", "1"), ("b", "2")):
        frame = pd.DataFrame({"user_id": [user], "product_id": [name]})
        frame.to_parquet(tmp_path / f"{name}.parquet")
    assert ids(read_events(str(tmp_path), WEIGHTS)) == [("1", "a"), ("2", "b")]


def test_hidden_files_in_a_folder_are_not_data(tmp_path: Path):
    (tmp_path / "events.csv").write_text(DATED)
    (tmp_path / "._events.csv").write_bytes(b"\0\1\2")
    (tmp_path / "_SUCCESS.csv").write_bytes(b"")
    assert len(read_events(str(tmp_path), WEIGHTS)) == 2


def test_a_placeholder_for_no_time_is_dropped_and_does_not_stretch_the_log(read: Read):
    rows = "1,a,1970-01-01T00:00:00\n2,b,1970-01-01T14:00:00Z\n1,a,2024-01-30\n2,b,2024-01-31\n"
    log = read("user_id,product_id,timestamp\n" + rows)
    assert log.n_dropped == {"timestamp before 1971": 2}
    assert log.frame["timestamp"].min() == pd.Timestamp("2024-01-30")


def test_years_of_two_digits_are_refused(read: Read):
    times = "user_id,product_id,timestamp\n1,a,31/01/24 10:22\n2,b,30/01/24 10:22\n"
    with pytest.raises(
        InputError, match=r"timestamp before 1971: 2, first row 1: '31/01/24 10:22'"
    ):
        read(times)


@pytest.mark.parametrize("name", ["events[1]", "event?", "event*"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_s_name_is_no_pattern(tmp_path: Path, name: str, kind: str):
    for file, user in ((f"{name}.{kind}", "1"), (f"events1.{kind}", "2"), (f"events.{kind}", "3")):
        frame = pd.DataFrame({"user_id": [user, "9"], "product_id": ["a", "b"]})
        if kind == "csv":
            frame.to_csv(tmp_path / file, index=False)
        else:
            frame.to_parquet(tmp_path / file)
    assert ids(read_events(str(tmp_path / f"{name}.{kind}"), WEIGHTS)) == [("1", "a"), ("9", "b")]
    assert len(read_events(str(tmp_path), WEIGHTS)) == 6


def test_a_folder_of_both_kinds_is_refused(tmp_path: Path):
    (tmp_path / "a.csv").write_text(DATED)
    (tmp_path / "b.parquet").write_bytes(b"")
    with pytest.raises(InputError, match=r"mixes Parquet and CSV; allowed: one kind in a folder"):
        read_events(str(tmp_path), WEIGHTS)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_recognised(read: Read, separator: str):
    assert ids(read(DATED.replace(",", separator))) == [("001", "a"), ("2", "b")]


@pytest.mark.parametrize(
    "as_written",
    [b"\xef\xbb\xbf" + DATED.encode(), DATED.replace("\n", "\r\n").encode()],
    ids=["byte order mark", "Windows line ends"],
)
def test_files_as_spreadsheets_write_them_are_read(read: Read, as_written: bytes):
    assert ids(read(as_written)) == [("001", "a"), ("2", "b")]


GA4 = "user_id,user_pseudo_id,item_id\n,7.1,a\nann,7.1,b\n,8.5,a\n"


def test_visitors_of_ga4_who_are_not_signed_in_are_customers(read: Read):
    assert ids(read(GA4)) == [("7.1", "a"), ("ann", "b"), ("8.5", "a")]


def test_a_column_of_customers_that_is_named_stands_alone(read: Read):
    signed_in = read(GA4 + "bob,9.2,a\n", {"user_id": "user_id"})
    assert ids(signed_in) == [("ann", "b"), ("bob", "a")]
    assert signed_in.n_dropped == {"no user_id": 2}
    visitors = read(GA4, {"user_id": "user_pseudo_id"})
    assert ids(visitors) == [("7.1", "a"), ("7.1", "b"), ("8.5", "a")]


def test_commas_quotes_and_line_breaks_inside_quotes_belong_to_the_id(read: Read):
    log = read('user_id,product_id\n"Doe, J","a\nb"\n"the ""x""",c\n')
    assert ids(log) == [("Doe, J", "a\nb"), ('the "x"', "c")]


# Columns


def test_other_column_names_are_mapped(read: Read):
    mapping = {"user_id": "who", "product_id": 'the "what"', "timestamp": 'wh"en'}
    log = read('who,"the ""what""","wh""en"\n1,a,2024-01-01\n2,b,2024-01-02\n', mapping)
    assert ids(log) == [("1", "a"), ("2", "b")]
    assert log.has_timestamps


def test_a_column_that_is_not_there_is_named_with_those_that_are(read: Read):
    with pytest.raises(
        InputError,
        match=r"no column 'product_id'; the file has: user_id, thing\. .*-P product_id_column",
    ):
        read("user_id,thing\n1,a\n2,b\n")
    with pytest.raises(InputError, match=r"no column 'nope'; the file has: user_id, product_id"):
        read("user_id,product_id\n1,a\n2,b\n", {"timestamp": "nope"})


def test_without_event_types_every_event_is_a_purchase(read: Read):
    log = read("user_id,product_id\n1,a\n2,b\n")
    assert log.frame["event_type"].tolist() == ["purchase", "purchase"]


def test_the_fields_names_for_event_types_are_ours(read: Read):
    log = read("visitorid,itemid,event\n1,a,addtocart\n2,b,transaction\n3,c, VIEW \n")
    assert log.frame["event_type"].tolist() == ["cart", "purchase", "view"]
    log = read("user_id,product_id,event\n1,a,Product Added\n2,b,Order Completed\n3,c,x\n")
    assert log.frame["event_type"].tolist() == ["cart", "purchase"]


def test_a_weight_for_the_shops_own_name_keeps_that_name(tmp_path: Path):
    (tmp_path / "e.csv").write_text("user_id,product_id,event_type\n1,a,Click\n2,b,o'brien\n")
    log = read_events(str(tmp_path / "e.csv"), {"click": 1.0, "o'brien": 2.0})
    assert log.frame["event_type"].tolist() == ["click", "o'brien"]


def test_in_a_log_of_views_only_a_view_is_the_target(read: Read):
    log = read("user_id,product_id,event_type\n1,a,view\n2,b,view\n")
    assert log.target_event == "view"
    assert log.is_purchase.tolist() == [True, True]


# Times


@pytest.mark.parametrize(
    "unit", [1, 10**3, 10**6, 10**9], ids=["seconds", "milliseconds", "microseconds", "nanoseconds"]
)
def test_numbers_since_1970_are_recognised_by_their_size(read: Read, unit: int):
    # 2024-01-01 00:00 UTC is 1704067200 s: 19723 days of 86400 s.
    assert 19723 * 86400 == 1704067200
    log = read(f"user_id,product_id,timestamp\n1,a,{1704067200 * unit}\n2,b,{1704153600 * unit}\n")
    assert times(log) == ["2024-01-01 00:00:00.", "2024-01-02 00:00:00."]


@pytest.mark.parametrize(
    ("written", "in_utc"),
    [
        ("2024-01-01", "2024-01-01 00:00:00."),
        ("20240101", "2024-01-01 00:00:00."),
        ("202401011030", "2024-01-01 10:30:00."),
        ("20240101103015", "2024-01-01 10:30:15."),
        ("2024-01-01 10:30:00 -0500", "2024-01-01 15:30:00."),
        ("2024-01-01T10:30:00 +05:30", "2024-01-01 05:00:00."),
        ("2024-01-01 10:30:00 Z", "2024-01-01 10:30:00."),
        ("2024-01-01 10:30", "2024-01-01 10:30:00."),
        ("2024-01-01T10:30:00Z", "2024-01-01 10:30:00."),
        ("2024-01-01 10:30:00 UTC", "2024-01-01 10:30:00."),
        ("2024-01-01T10:30:00+02:00", "2024-01-01 08:30:00."),
        ("2024-01-01T10:30:00-0500", "2024-01-01 15:30:00."),
        ("2024-01-01T10:30:00.125+00", "2024-01-01 10:30:00.125"),
        ("2024-01-01 10:30:00 Europe/Berlin", "2024-01-01 09:30:00."),
        ("1704067200.5", "2024-01-01 00:00:00.5"),
        ("1.7040672e9", "2024-01-01 00:00:00."),
    ],
)
def test_times_are_read_value_by_value_and_kept_in_utc(read: Read, written: str, in_utc: str):
    log = read(f"user_id,product_id,timestamp\n1,a,2023-12-01T00:00+01:00\n2,b,{written}\n")
    assert times(log) == ["2023-11-30 23:00:00.", in_utc]


@pytest.mark.parametrize(
    "written", ["01/02/2024", "oops", "-5", "1e300", "infinity", "17", "20241301", ""]
)
def test_a_time_that_cannot_be_read_drops_its_row_only(read: Read, written: str):
    log = read(f"user_id,product_id,timestamp\n1,a,2024-01-01\n2,b,{written}\n3,c,1704067200\n")
    assert ids(log) == [("1", "a"), ("3", "c")]
    assert log.n_dropped == {"timestamp missing or not readable": 1}


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
def test_times_in_parquet_are_kept_in_utc(tmp_path: Path, zone: str | None, unit: str):
    written = ["2024-01-01 10:00", "2024-01-02 10:00"] if zone else ["2024-01-01 09:00"] * 2
    zoned = pd.to_datetime(written).tz_localize(zone).as_unit(unit)  # type: ignore[arg-type]
    frame = pd.DataFrame({"user_id": ["1", "2"], "product_id": ["a", "b"], "timestamp": zoned})
    frame.to_parquet(tmp_path / "e.parquet")
    log = read_events(str(tmp_path / "e.parquet"), WEIGHTS)
    assert times(log) == ["2024-01-01 09:00:00.", f"2024-01-0{2 if zone else 1} 09:00:00."]


def test_an_event_in_the_future_is_refused_with_its_row_and_what_is_allowed(read: Read):
    with pytest.raises(
        InputError,
        match=r"row 2: timestamp '4102444800' is 2100-01-01 00:00, in the future; allowed: up to",
    ):
        read("user_id,product_id,timestamp\n1,a,1704067200\n2,b,4102444800\n")


def test_a_log_without_times_says_how_it_will_be_evaluated(
    read: Read, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "training")
    log = read("user_id,product_id\n1,a\n2,b\n")
    assert not log.has_timestamps
    assert "no timestamps: age" in caplog.text
    assert "a fifth, the same one by every seed, is drawn to evaluate on" in caplog.text


def test_a_log_whose_times_have_an_unusual_name_says_which_columns_were_not_read(
    read: Read, caplog: pytest.LogCaptureFixture
):
    read("user_id,product_id,shop,when\n1,a,x,2024-01-01\n2,b,x,2024-01-02\n")
    assert "no timestamps (columns not read: shop, when): age does not count" in caplog.text


# Rows that are dropped


def test_every_dropped_row_is_counted_by_reason_and_the_first_is_shown(
    read: Read, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "training")
    log = read(
        "user_id,product_id,event_type,timestamp,quantity\n"
        "1,a,view,2024-01-01,\n"  # row 1: kept, quantity 1
        ",a,view,2024-01-01,1\n"  # row 2: no user
        "1,,view,2024-01-01,1\n"  # row 3: no product
        "1,a,,2024-01-01,1\n"  # row 4: no type
        "1,a,wishlist,2024-01-01,1\n"  # row 5: a type without weight
        "1,a,view,soon,1\n"  # row 6: no time
        "1,a,view,2024-01-01,many\n"  # row 7: no number
        "1,a,view,2024-01-01,-3\n"  # row 8: nothing
        "1,a,view,2024-01-01,0\n"  # row 9: nothing
        f"{'x' * 257},a,view,2024-01-01,1\n"  # row 10: too long
        "1,a,view,2024-01-01,1,surplus\n"  # no row: a line with too many cells
        "2,b,view,2024-01-01,2.5\n"  # row 11: kept
    )
    no_weight = (
        "event_type without a weight (weighted: view, cart, purchase, remove_from_cart, return)"
    )
    assert log.n_dropped == {
        "no user_id": 1,
        "no product_id": 1,
        "user_id longer than 256 bytes or with NUL": 1,
        "no event_type": 1,
        no_weight: 1,
        "timestamp missing or not readable": 1,
        "quantity is not a number": 1,
        "quantity not above zero": 2,
        "line is not readable as CSV": 1,
    }
    assert log.n_read == 12 == len(log) + sum(log.n_dropped.values())
    assert log.frame["quantity"].tolist() == [1.0, 2.5]
    for line in (
        f"dropped 1 of 12 rows, {no_weight}; first row 5: 'wishlist'",
        "dropped 1 of 12 rows, timestamp missing or not readable; first row 6: 'soon'",
        "dropped 1 of 12 rows, quantity is not a number; first row 7: 'many'",
        "first row 8: '-3'",
        "line is not readable as CSV; first line 12: '1,a,view,2024-01-01,1,surplus'",
    ):
        assert line in caplog.text


def test_a_purchase_of_a_negative_quantity_is_a_return_of_that_many(
    read: Read, caplog: pytest.LogCaptureFixture
):
    log = read(
        "CustomerID,StockCode,InvoiceNo,Quantity\n"
        "1,mug,536365,6\n"
        "1,mug,C536379,-6\n"
        "2,tea,536370,2\n"
        "2,mug,C536380,-1\n"
    )
    assert events(log) == [
        ("1", "mug", "purchase"),
        ("1", "mug", "return"),
        ("2", "tea", "purchase"),
        ("2", "mug", "return"),
    ]
    assert log.frame["quantity"].tolist() == [6, 6, 2, 1]
    assert "return: 2 rows, each takes back a purchase" in caplog.text
    assert events(log.settled) == [("2", "tea", "purchase")]
    assert log.n_dropped == {}


def test_refunds_and_removals_are_recognised_with_or_without_a_minus(read: Read):
    log = read(
        "user_id,product_id,event_type,quantity\n"
        "1,a,purchase,2\n1,a,Refund,2\n1,b,cart,1\n1,b,RemoveFromCart,1\n"
        "2,a,purchase,1\n2,a,cancelled,-1\n2,b,purchase,1\n"
    )
    assert log.frame["event_type"].value_counts().to_dict() == {
        **{"purchase": 3, "return": 2, "cart": 1, "remove_from_cart": 1}
    }
    assert events(log.settled) == [("2", "b", "purchase")]


def test_the_only_event_type_counts_as_a_purchase_whatever_it_is_called(
    read: Read, caplog: pytest.LogCaptureFixture
):
    log = read("user_id,product_id,event_type\n1,a,Play\n2,b,play\n2,a,\n")
    assert events(log) == [("1", "a", "purchase"), ("2", "b", "purchase")]
    assert log.n_dropped == {"no event_type": 1}
    assert "event_type is 'play' throughout: it counts as a purchase" in caplog.text


def test_a_log_in_which_everything_came_back_is_refused(read: Read):
    with pytest.raises(InputError, match="every purchase was taken back"):
        read("user_id,product_id,quantity\n1,a,1\n1,a,-1\n2,b,-1\n")


def test_a_log_of_returns_only_is_refused(read: Read):
    with pytest.raises(InputError, match="every row is a return; allowed: also what it takes back"):
        read("user_id,product_id,quantity\n1,a,-1\n2,b,-1\n")


def test_a_line_of_another_encoding_is_counted_apart_from_one_with_too_many_fields(read: Read):
    log = read(b"user_id,product_id\n1,a\n2,b\n3,c,d\n" + "4,é\n5,è\n".encode("latin-1"))
    assert ids(log) == [("1", "a"), ("2", "b")]
    assert log.n_dropped == {"line is not readable as CSV": 1, "line is not written in UTF-8": 2}


def test_an_id_of_spaces_only_is_missing_and_others_keep_theirs(read: Read):
    log = read("user_id,product_id\n   ,a\n 1,a\n2 ,b\n")
    assert ids(log) == [(" 1", "a"), ("2 ", "b")]
    assert log.n_dropped == {"no user_id": 1}


def test_the_same_unreadable_line_in_two_files_counts_twice(tmp_path: Path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("user_id,product_id\n1,a\n2\n2,b\n")
    log = read_events(str(tmp_path), WEIGHTS)
    assert log.n_dropped == {"line is not readable as CSV": 2}
    assert log.n_read == 6


def test_the_words_that_tools_write_for_a_missing_value_are_no_ids(read: Read):
    log = read("user_id,product_id\nnan,a\nNULL,b\nNone,c\n\\N,d\n1,e\nNA,f\n")
    assert log.n_dropped == {"no user_id": 4}
    assert ids(log) == [("1", "e"), ("NA", "f")]


def test_a_value_that_is_no_number_is_unknown_but_its_row_counts(
    read: Read, caplog: pytest.LogCaptureFixture
):
    log = read("user_id,product_id,value\n1,a,\n1,a,free\n2,b,2.5\n3,c,inf\n4,d,nan\n")
    assert log.n_dropped == {}
    assert log.frame["value"].isna().tolist() == [True, True, False, True, True]
    said = "value is not a number in 2 rows, which count as without one; first row 2: 'free'"
    assert said in caplog.text


def test_nothing_is_said_of_values_that_are_merely_missing(
    read: Read, caplog: pytest.LogCaptureFixture
):
    read("user_id,product_id,timestamp,value\n1,a,2024-01-01,\n2,b,2024-01-02,2.5\n")
    assert not caplog.text


def test_a_decimal_comma_is_one_unless_it_may_stand_for_thousands(read: Read):
    log = read("user_id;product_id;value;quantity\n1;a;16,5;1,0\n2;b;-0,25;2\n3;c;1,234;3\n")
    assert log.frame["value"].fillna(0).tolist() == [16.5, -0.25, 0]
    assert log.frame["quantity"].tolist() == [1, 2, 3]


def test_repeated_rows_are_repeated_events(read: Read):
    log = read("user_id,product_id\n1,a\n1,a\n2,b\n")
    assert ids(log) == [("1", "a"), ("1", "a"), ("2", "b")]


def test_a_quantity_that_parquet_keeps_as_nan_is_a_missing_one(tmp_path: Path):
    quantity = pa.array(np.array([2, np.nan]))
    pq.write_table(
        pa.table({"user_id": ["1", "2"], "product_id": ["a", "b"], "quantity": quantity}),
        tmp_path / "e.parquet",
    )
    log = read_events(str(tmp_path), MainConfig().event_weights)
    assert log.frame["quantity"].tolist() == [2.0, 1.0]
    assert not log.dropped


# Ids


def test_whole_numbers_written_with_a_fraction_throughout_lose_it(read: Read):
    assert ids(read("user_id,product_id\n1.0,1.0\n2.0,1.5\n")) == [("1", "1.0"), ("2", "1.5")]


def test_a_blank_among_whole_numbers_is_no_id_and_leaves_the_others_whole(read: Read):
    log = read("user_id,user_pseudo_id,product_id\n1.0,,a\n2.0,,b\n ,v,c\n ,,c\n")
    assert ids(log) == [("1", "a"), ("2", "b"), ("v", "c")]
    assert log.n_dropped == {"no user_id": 1}


def test_ids_of_a_row_that_is_dropped_tell_what_ids_are_like_too(read: Read):
    log = read("user_id,product_id\n1.0,5\n2.00,6\n3.5,\n")
    assert ids(log) == [("1.0", "5"), ("2.00", "6")]
    log = read("user_id,product_id\n1.0,5\n2.00,6\n3,\n")
    assert ids(log) == [("1", "5"), ("2", "6")]


def test_a_signed_in_customer_of_ga4_whose_id_became_a_float_keeps_it(read: Read):
    log = read("user_id,user_pseudo_id,item_id\n42.0,1.5,a\n,2.5,b\n")
    assert ids(log) == [("42", "a"), ("2.5", "b")]


def test_baskets_are_the_same_with_and_without_a_fraction(read: Read):
    log = read("user_id,product_id,basket_id\n1,a,7\n1,b,7.0\n2,b,x.0\n2,a,x\n")
    whole, other, text, another = log.frame["basket_id"]
    assert whole == other
    assert text != another


def test_a_file_with_and_one_without_fractions_hold_the_same_ids(tmp_path: Path):
    (tmp_path / "1.csv").write_text("user_id,product_id\n1,5\n2,6\n")
    (tmp_path / "2.csv").write_text("user_id,product_id\n1,5.0\n2,6.0\n")
    log = read_events(str(tmp_path), MainConfig().event_weights)
    assert sorted(ids(log)) == [("1", "5"), ("1", "5"), ("2", "6"), ("2", "6")]


@pytest.mark.parametrize("id_", ["ä" * 128, "日本語", "👩🏽‍🚀", "a b", "1e5", "0x10", "-0", "true"])
def test_unusual_ids_are_kept_as_they_are(read: Read, id_: str):
    assert ids(read(f"user_id,product_id\n{id_},{id_}\n2,b\n"))[0] == (id_, id_)


def test_ids_of_more_than_256_bytes_are_dropped_even_if_they_have_fewer_characters(read: Read):
    log = read(f"user_id,product_id\n{'ä' * 129},a\n1,a\n2,b\n")
    assert log.n_dropped == {"user_id longer than 256 bytes or with NUL": 1}


WRITABLE = st.text(
    st.characters(exclude_characters="\0\r", exclude_categories=("Cs",)), min_size=1, max_size=30
).filter(
    lambda id_: id_.strip() and id_ not in ("NULL", "null", "NaN", "nan", "None", "<NA>", "\\N")
)


@given(st.lists(st.tuples(WRITABLE, WRITABLE), min_size=2, max_size=15))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_come_back_from_parquet_as_they_went_in(tmp_path: Path, pairs: list[tuple[str, str]]):
    pairs = [*pairs, ("one", "p"), ("other", "q")]
    pd.DataFrame(pairs, columns=["user_id", "product_id"]).to_parquet(tmp_path / "e.parquet")
    assert ids(read_events(str(tmp_path / "e.parquet"), WEIGHTS)) == pairs


@given(st.lists(st.tuples(WRITABLE, WRITABLE), min_size=2, max_size=15))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ids_come_back_from_csv_as_they_went_in(tmp_path: Path, pairs: list[tuple[str, str]]):
    pairs = [("one", "p"), *pairs, ("other", "q")]
    frame = pd.DataFrame(pairs, columns=["user_id", "product_id"])
    frame.to_csv(tmp_path / "e.csv", index=False, quoting=1)  # csv.QUOTE_ALL
    assert ids(read_events(str(tmp_path / "e.csv"), WEIGHTS)) == pairs


# Logs that cannot be used


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"has no rows; allowed: a header and at least one row"),
        ("user_id,product_id\n", r"has no rows; allowed: a header and at least one row"),
        ("user_id,product_id\n1,a\n1,b\n", r"one customer only \('1'\); allowed: at least two"),
        ("user_id,product_id\n1,a\n2,a\n", r"one product only \('a'\); allowed: at least two"),
        (
            "user_id,product_id\n,a\n,b\n",
            r"no usable row .* all 2 dropped \(no user_id: 2, first row 1",
        ),
        (
            "user_id,product_id,timestamp\n1,a,\n2,b,\n",
            r"all 2 dropped \(timestamp missing or not readable: 2, first row 1: ''\)",
        ),
        (
            "user_id,product_id,event_type\n1,a,\n2,b,\n",
            r"all 2 dropped \(no event_type: 2, first row 1: ''\); read user_id from 'user_id'",
        ),
        (
            "user_id,product_id,quantity\n1,a,1\n2,b,x\n",
            r"one customer only .*\(dropped: quantity is not a number: 1, first row 2: 'x'\)",
        ),
    ],
)
def test_a_log_that_cannot_be_used_is_refused_and_told_why(read: Read, text: str, message: str):
    with pytest.raises(InputError, match=message) as refused:
        read(text)
    assert "\n" not in str(refused.value)


def test_an_optional_column_without_any_value_does_no_harm(read: Read):
    log = read("user_id,product_id,quantity,value,basket_id\n1,a,,,\n2,b,,,\n")
    assert len(log) == 2
    assert log.frame["quantity"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "absent.csv",
            None,
            r"no file or folder '.*absent\.csv' .*; allowed: a file or a folder of",
        ),
        ("notes.txt", b"hello", r"holds no table; allowed: a file or a folder of \.parquet"),
        ("e.parquet", b"PAR1nonsensePAR1", r"cannot be read as a table: .*Footer"),
        ("e.parquet", b"", r"cannot be read as a table: .*too small to be a Parquet file"),
        ("e.csv.gz", b"\x1f\x8bnot really", r"cannot be read as a table"),
        ("e.csv", b"", r"e\.csv' has no rows; allowed: a header and at least one row"),
        (
            "e.csv",  # as R writes the names of rows, which have none in the header
            b"user_id,product_id\n1,7,a\n2,8,b\n",
            r"has no rows; .*; line is not readable as CSV: 2, first line 2: '1,7,a'",
        ),
        ("e.csv", DATED.encode("utf-16"), r"is written in UTF-16; allowed: UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(
    tmp_path: Path, name: str, content: bytes | None, message: str
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as refused:
        read_events(str(tmp_path / name), WEIGHTS)
    assert "\n" not in str(refused.value)


def test_a_file_that_ends_in_the_middle_is_refused_in_one_line(tmp_path: Path):
    # Larger than what is looked at to find out the columns.
    rows = "".join(f"{n * 7919 % 99991},{n * 104729 % 99989}\n" for n in range(500_000))
    whole = gzip.compress(f"user_id,product_id\n{rows}".encode())
    (tmp_path / "e.csv.gz").write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises(InputError, match=r"'.*e\.csv\.gz' cannot be read as a table: ") as refused:
        read_events(str(tmp_path / "e.csv.gz"), WEIGHTS)
    assert "\n" not in str(refused.value)


def test_an_empty_folder_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="holds no table"):
        read_events(str(tmp_path), WEIGHTS)


def test_the_id_of_an_answer_is_kept_only_where_it_is_asked_for(tmp_path: Path):
    path = tmp_path / "events.csv"
    path.write_text("user_id,product_id,recommendation_id\n1,a,r1\n2,b,\n3,c,r1\n")
    assert "recommendation_id" not in read_events(str(path), WEIGHTS).frame
    first, none, third = read_events(str(path), WEIGHTS, also=["recommendation_id"]).frame[
        "recommendation_id"
    ]
    assert none == 0
    assert first == third != 0


def test_ids_that_floating_point_cannot_tell_apart_are_refused(tmp_path: Path):
    big = pd.DataFrame(
        {"user_id": [2**53 + 2 * n for n in range(1, 9)], "product_id": [*"abababab"]}
    )
    big.to_parquet(tmp_path / "a.parquet")
    few = pd.DataFrame({"user_id": [5.0, None, 7.0], "product_id": [*"aab"]})
    few.to_parquet(tmp_path / "b.parquet")
    assert len(read_events(str(tmp_path / "a.parquet"), WEIGHTS).users) == 8
    assert len(read_events(str(tmp_path / "b.parquet"), WEIGHTS).users) == 2
    with pytest.raises(
        InputError, match=r"'user_id' are floating-point numbers, and 9007199254740994"
    ):
        read_events(str(tmp_path), WEIGHTS)


def test_words_for_missing_ids_are_none_in_parquet_as_in_csv(tmp_path: Path):
    users = ["1", "None", "nan", "NULL", "", "2", "1", "2"]
    frame = pd.DataFrame({"user_id": users, "product_id": [*"abababab"]})
    frame.to_parquet(tmp_path / "events.parquet")
    log = read_events(str(tmp_path / "events.parquet"), WEIGHTS)
    assert set(ids(log)) == {("1", "a"), ("2", "b")}
    assert log.n_dropped == {"no user_id": 4}


def test_times_without_separators_lose_a_fraction_of_zeros(read: Read):
    log = read("user_id,product_id,timestamp\n1,a,20240131.0\n2,b,202401311022.0\n")
    assert [str(moment) for moment in log.frame["timestamp"]] == [
        "2024-01-31 00:00:00",
        "2024-01-31 10:22:00",
    ]


def test_a_year_of_five_digits_lies_in_the_future(read: Read):
    text = "user_id,product_id,timestamp\n1,a,2024-01-01\n2,b,20240-01-02 10:00:00\n"
    with pytest.raises(InputError, match="row 2: timestamp '20240-01-02 10:00:00' is 20240-01-02"):
        read(text)


@pytest.mark.parametrize("name", ["action_type", "behavior_type", "interactionType"])
def test_public_names_of_event_types_are_known(read: Read, name: str):
    log = read(f"user_id,product_id,{name}\n1,a,view\n2,b,purchase\n1,b,purchase\n")
    assert log.frame["event_type"].value_counts().to_dict() == {"purchase": 2, "view": 1}


def test_purchases_without_a_weight_are_refused_by_name(tmp_path: Path):
    (tmp_path / "events.csv").write_text("user_id,product_id\n1,a\n2,b\n")
    with pytest.raises(InputError, match=r"event_type without a weight \(weighted: view, like\)"):
        read_events(str(tmp_path / "events.csv"), {"view": 1, "like": 2})


def test_a_log_without_purchases_says_what_counts_as_one(read: Read):
    log = read("user_id,product_id,event_type\n1,a,view\n2,b,cart\n1,b,cart\n")
    assert "no event is a purchase: every cart counts as one" in log.remarks
