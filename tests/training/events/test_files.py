from pathlib import Path

import duckdb

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
