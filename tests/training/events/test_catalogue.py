from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from training.config import MainConfig
from training.errors import InputError
from training.events.catalogue import catalogue_of, grouped, hash_of, read_catalogue, titles_of
from training.events.log import EventLog
from training.events.sample import source_of


def test_a_catalogue_is_text_by_product_and_missing_values_are_empty(tmp_path: Path):
    (tmp_path / "c.csv").write_text("product_id,title,price\n001,Milk,1.50\n2,,\n")
    catalogue = read_catalogue(str(tmp_path / "c.csv"))
    assert catalogue.loc["001"].to_dict() == {"title": "Milk", "price": "1.50"}
    assert catalogue.loc["2"].to_dict() == {"title": "", "price": ""}


def test_a_repeated_product_keeps_its_first_row_and_rows_without_a_usable_id_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    rows = ["1,first", "1,second", ",nobody", f"{'x' * 257},too long"]
    (tmp_path / "c.csv").write_text("\n".join(["product_id,title", *rows]))
    with caplog.at_level("WARNING", "training"):
        assert read_catalogue(str(tmp_path / "c.csv"))["title"].to_dict() == {"1": "first"}
    assert [record.getMessage().partition(" left out, ")[2] for record in caplog.records] == [
        "no product_id; first row 3: ''",
        f"product_id longer than 256 bytes or with NUL; first row 4: '{'x' * 59}",
        "a product_id that came before; first row 2: '1'",
    ]


def test_catalogue_columns_are_mapped_whatever_their_name(tmp_path: Path):
    frame = pd.DataFrame({'the "id"': [1, 2], "what": ["Milk", "Bread"]})
    frame.to_parquet(tmp_path / "c.parquet")
    named = {"product_id": 'the "id"', "title": "what"}
    catalogue = read_catalogue(str(tmp_path / "c.parquet"), named)
    assert catalogue["title"].to_dict() == {"1": "Milk", "2": "Bread"}


def test_ids_of_catalogue_and_events_agree_where_both_were_written_as_floats(tmp_path: Path):
    (tmp_path / "c.csv").write_text("product_id,title\n1.0,Milk\n2.0,Bread\n")
    assert list(read_catalogue(str(tmp_path / "c.csv")).index) == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title\nMilk\n", r"'product_id'; the file has: title. Allowed names of it: product_id, p"),
        ("", r"has no rows; allowed: a header and at least one row"),
        ("product_id,title\n,Milk\n", r"no usable row in the catalogue '.*'; allowed: rows with"),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str):
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_catalogue(str(tmp_path / "c.csv"))


def test_a_catalogue_of_other_ids_is_refused():
    log = log_of_products("007", "010")
    catalogue = pd.DataFrame({"title": ["x", "y"]}, index=["7", "10"])
    with pytest.raises(InputError, match=r"none of the 2 products .* like '7', .* like '007'"):
        grouped(log, catalogue)


def test_lines_that_cannot_be_read_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "c.csv").write_bytes("product_id,title\n1,Milk\n2,Caf\u00e9\n".encode("latin-1"))
    with caplog.at_level("WARNING", "training"):
        assert list(read_catalogue(str(tmp_path / "c.csv")).index) == ["1"]
    assert "catalogue: 1 lines left out, line is not written in UTF-8; line 3" in caplog.text


def test_the_products_column_of_the_events_names_the_catalogue_s_too_where_it_has_it(
    tmp_path: Path,
):
    (tmp_path / "c.csv").write_text("movieId,title\n1,Brazil\n")
    source = source_of(
        MainConfig(events="e.csv", catalogue=str(tmp_path / "c.csv"), product_id_column="movieId")
    )
    assert list(catalogue_of(source).index) == ["1"]
    (tmp_path / "c.csv").write_text("product_id,title\n2,Brazil\n")
    assert list(catalogue_of(source).index) == ["2"]


def test_a_product_without_title_is_called_by_its_id():
    catalogue = pd.DataFrame({"title": ["Milk", ""]}, index=pd.Index(["1", "2"]))
    assert titles_of(["2", "1", "3"], catalogue) == ["2", "Milk", "3"]
    assert titles_of(["2", "1"], None) == ["2", "1"]
    assert titles_of(["1"], catalogue.drop(columns="title")) == ["1"]


def test_a_title_of_several_lines_is_told_in_one():
    catalogue = pd.DataFrame({"title": ["Milk\n  1 l"]}, index=pd.Index(["1"]))
    assert titles_of(["1"], catalogue) == ["Milk 1 l"]


def log_of_products(*product_ids: str) -> EventLog:
    frame = pd.DataFrame({"user_id": "ann", "product_id": product_ids, "event_type": "purchase"})
    return EventLog(frame.astype("category"), len(frame))


def test_products_are_grouped_by_what_they_share():
    catalogue = pd.DataFrame(
        {
            "category": {"p1": "tea", "p2": "tea", "p3": "milk", "p4": "milk", "p5": ""},
            "title": {"p1": "green", "p2": "black", "p3": "whole", "p4": "skimmed", "p5": ""},
            "price": {"p1": "1", "p2": "1", "p3": "1", "p4": "1", "p5": "1"},
        }
    )
    # p6 is not in the catalogue; titles are everybody's own, and a price is no group.
    log = grouped(log_of_products("p1", "p2", "p3", "p4", "p5", "p6"), catalogue)
    assert {name: numbers.tolist() for name, numbers in log.groups.items()} == {
        "category": [1, 1, 2, 2, 0, 0]
    }


def test_the_first_level_of_a_path_is_the_department_unless_there_is_one():
    paths = ["Tea > Green", "Tea > Black", "Milk > Whole", "Milk"]
    catalogue = pd.DataFrame({"category": paths}, index=["p1", "p2", "p3", "p4"])
    log = log_of_products("p1", "p2", "p3", "p4", "p5")
    assert {name: numbers.tolist() for name, numbers in grouped(log, catalogue).groups.items()} == {
        "department": [1, 1, 2, 2, 0]
    }
    named = catalogue.assign(department=["hot", "cold", "hot", "cold"])
    assert grouped(log, named).groups["department"].tolist() == [1, 2, 1, 2, 0]


def test_what_most_products_have_in_common_is_no_group():
    catalogue = pd.DataFrame(
        {
            "brand": ["own", "own", "own", "other"],  # three of four
            "subcategory": ["x", "x", "y", "y"],  # two of four
        },
        index=["p1", "p2", "p3", "p4"],
    )
    assert list(grouped(log_of_products("p1", "p2", "p3", "p4"), catalogue).groups) == [
        "subcategory"
    ]


def test_a_part_of_a_log_has_the_groups_of_all():
    catalogue = pd.DataFrame({"brand": {"p1": "own", "p2": "own", "p3": "other", "p4": "other"}})
    log = grouped(log_of_products("p1", "p2", "p3", "p4"), catalogue)
    part = log.where(np.array([False, True, False, False]))
    assert part.groups["brand"].tolist() == [1, 1, 2, 2]
    assert part.settled.groups["brand"].tolist() == [1, 1, 2, 2]


def test_without_a_catalogue_or_anything_shared_there_are_no_groups():
    log = log_of_products("p1", "p2")
    assert not grouped(log, None).groups
    assert not grouped(log, pd.DataFrame({"brand": {"p1": "one", "p2": "other"}})).groups


def test_a_catalogue_has_another_hash_where_anything_in_it_is_another():
    catalogue = pd.DataFrame({"title": {"p1": "tea", "p2": "milk"}})
    others = [
        catalogue.rename(columns={"title": "brand"}),
        catalogue.rename(index={"p2": "p3"}),
        catalogue.replace("milk", "cream"),
        catalogue.iloc[:1],
    ]
    hashes = [hash_of(frame) for frame in (catalogue, *others)]
    assert len(set(hashes)) == len(hashes)
    assert hash_of(catalogue.copy()) == hashes[0]
    assert hash_of(None) == ""
