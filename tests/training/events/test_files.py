from pathlib import Path

import duckdb
import pytest

from training.events.check import unreadable_lines
from training.events.files import columns_of, identifier, literal, table_of


def test_text_and_names_are_quoted_for_sql():
    value, name = "o'b", 'a "b"'
    with duckdb.connect() as db:
        row = db.execute(f"SELECT {literal(value)} AS {identifier(name)}").df()
    assert row.to_dict("list") == {name: [value]}


def test_a_path_with_quotes_and_spaces_is_read(tmp_path: Path):
    folder = tmp_path / "it's a 'shop'"
    folder.mkdir()
    (folder / "e.csv").write_text("user_id\n007\n")
    with duckdb.connect() as db:
        source = table_of(db, str(folder))
        assert db.execute(f"SELECT * FROM {source}").fetchall() == [("007",)]
        assert columns_of(db, str(folder), source) == {"user_id": "VARCHAR"}


@pytest.mark.parametrize("late", ['7,"p,7"', '"7",p'])
def test_a_field_may_be_quoted_however_late_in_the_file(tmp_path: Path, late: str):
    rows = [f"{n % 50},p{n % 40}" for n in range(60_000)]
    path = tmp_path / "events.csv"
    path.write_text("\n".join(["user_id,product_id", *rows, late, 'a"b,p']))
    with duckdb.connect() as db:
        found = db.execute(f"SELECT * FROM {table_of(db, str(path))}").fetchall()
        assert not unreadable_lines(db)
    assert len(found) == 60_002
    assert found[-2:] == [("7", "p,7" if "p,7" in late else "p"), ('a"b', "p")]
