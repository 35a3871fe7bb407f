from pathlib import Path

import pandas as pd
import pytest

from training.errors import InputError
from training.events.catalogue import read_catalogue, titles_of


def test_a_catalogue_is_text_by_product_and_missing_values_are_empty(tmp_path: Path):
    (tmp_path / "c.csv").write_text("product_id,title,price\n001,Milk,1.50\n2,,\n")
    catalogue = read_catalogue(str(tmp_path / "c.csv"))
    assert catalogue.loc["001"].to_dict() == {"title": "Milk", "price": "1.50"}
    assert catalogue.loc["2"].to_dict() == {"title": "", "price": ""}


def test_a_repeated_product_keeps_its_first_row_and_a_row_without_id_is_left_out(tmp_path: Path):
    (tmp_path / "c.csv").write_text("product_id,title\n1,first\n1,second\n,nobody\n")
    assert read_catalogue(str(tmp_path / "c.csv"))["title"].to_dict() == {"1": "first"}


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
        ("title\nMilk\n", r"no column 'product_id'; the file has: title"),
        ("", r"has no rows; allowed: a header and at least one row"),
    ],
)
def test_a_catalogue_that_cannot_be_used_is_refused(tmp_path: Path, text: str, message: str):
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_catalogue(str(tmp_path / "c.csv"))


def test_a_product_without_title_is_called_by_its_id():
    catalogue = pd.DataFrame({"title": ["Milk", ""]}, index=pd.Index(["1", "2"]))
    assert titles_of(["2", "1", "3"], catalogue) == ["2", "Milk", "3"]
    assert titles_of(["2", "1"], None) == ["2", "1"]
    assert titles_of(["1"], catalogue.drop(columns="title")) == ["1"]
