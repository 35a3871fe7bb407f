import gzip
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from training.errors import InputError
from training.events.files import columns_of, identifier, literal, table_of, unreadable_lines


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


TITLED = [f'{n % 50},p{n % 40},"title {n}"' for n in range(3000)]


def lines_of(path: Path) -> tuple[list[tuple[str, ...]], dict[str, str]]:
    """The rows of a file, and where the first of the unreadable lines of a kind is."""
    with duckdb.connect() as db:
        rows = db.execute(f"SELECT * FROM {table_of(db, str(path))}").fetchall()
        return rows, {reason: part.first for reason, part in unreadable_lines(db).items()}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_bad_quote_near_the_top_costs_its_own_line_only(tmp_path: Path, newline: str):
    path = tmp_path / "events.csv"
    lines = ["user_id,product_id,title", *TITLED[:10], '7,p1,"12" pipe"', *TITLED[10:]]
    path.write_bytes(newline.join(lines).encode())
    rows, unreadable = lines_of(path)
    assert len(rows) == 3000
    assert unreadable == {"line is not readable as CSV": 'line 12: \'7,p1,"12" pipe"\''}


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("opens", "closes", "rows", "hidden"),
    [(10, None, 11, 2989), (10, 12, 2998, 2), (2999, None, 3000, 0)],
)
def test_lines_behind_a_quote_that_is_not_closed_are_counted(
    tmp_path: Path,
    compress: Callable[[bytes], bytes],
    opens: int,
    closes: int | None,
    rows: int,
    hidden: int,
):
    two_lines = '0,p0,"a title of\r\ntwo lines"'
    lines = ["user_id,product_id,title", two_lines, *(f"{n % 50},p{n % 40},t" for n in range(3000))]
    lines[2 + opens] = '7,"p1,t'
    if closes:
        lines[2 + closes] = '7,p1,"t'
    path = tmp_path / "events.csv"
    path.write_bytes(compress("\r\n".join([*lines, ""]).encode()))
    with duckdb.connect() as db:
        found = db.execute(f"SELECT * FROM {table_of(db, str(path))}").fetchall()
        dropped = unreadable_lines(db)
    assert len(found) == rows
    told = {reason: part.rows for reason, part in dropped.items()}
    behind = {"line lies behind a quote that is not closed": hidden} if hidden else {}
    assert told == {"line is not readable as CSV": 1} | behind
    assert sum(told.values()) + rows == 3001
    assert all(part.first.startswith(f"line {3 + opens}") for part in dropped.values())


def test_quotes_may_be_escaped_by_backslashes(tmp_path: Path):
    path = tmp_path / "events.csv"
    lines = ["user_id,product_id,title", *TITLED[:10], r'7,p1,"12\" pipe, long"', r"8,p2,\N"]
    path.write_text("\n".join([*lines, *TITLED[10:]]))
    rows, unreadable = lines_of(path)
    assert rows[10:12] == [("7", "p1", '12" pipe, long'), ("8", "p2", None)]
    assert len(rows) == 3002
    assert not unreadable


def test_a_backslash_at_the_end_of_a_field_escapes_nothing(tmp_path: Path):
    path = tmp_path / "events.csv"
    path.write_text('user_id,path\n1,"C:\\dir\\"\n2,"a ""b"" \\"\n')
    assert lines_of(path) == ([("1", "C:\\dir\\"), ("2", 'a "b" \\')], {})


def test_the_line_that_tells_excel_the_separator_is_no_header(tmp_path: Path):
    path = tmp_path / "events.csv"
    path.write_bytes(b"\xef\xbb\xbfsep=;\r\nuser_id;product_id,name\r\n1;2\r\n3;4;5\r\n")
    rows, unreadable = lines_of(path)
    assert rows == [("1", "2")]
    assert unreadable == {"line is not readable as CSV": "line 4: '3;4;5'"}


def test_columns_without_a_name_or_with_another_s_are_named_by_their_place(tmp_path: Path):
    path = tmp_path / "events.csv"
    path.write_text(",user_id,USER_ID, product_id \n1,2,3,4\n")
    with duckdb.connect() as db:
        found = columns_of(db, str(path), table_of(db, str(path)))
    assert list(found) == ["column0", "user_id", "column2", "product_id"]


@pytest.mark.parametrize("newline", ["\n", "\r"])
def test_blank_lines_within_values_do_not_outweigh_lines_behind_a_quote(
    tmp_path: Path, newline: str
):
    told = [f'{n},p,"first{newline * 3}second"' for n in range(40)]
    lines = ["user_id,product_id,text", *told, '40,p,"open', *(f"{n},p,t" for n in range(41, 60))]
    path = tmp_path / "events.csv"
    path.write_bytes(newline.join(lines).encode())
    with duckdb.connect() as db:
        assert len(db.execute(f"SELECT * FROM {table_of(db, str(path))}").fetchall()) == 40
        assert sum(part.rows for part in unreadable_lines(db).values()) == 20


@pytest.mark.parametrize("damaged", [lambda z: z[:-9], lambda z: z[:-8] + bytes(4) + z[-4:]])
def test_a_gzipped_file_that_is_cut_off_or_damaged_is_refused(
    tmp_path: Path, damaged: Callable[[bytes], bytes]
):
    path = tmp_path / "events.csv.gz"
    rows = "".join(f"{n},p{n % 7}\n" for n in range(300_000))
    path.write_bytes(damaged(gzip.compress(f"user_id,product_id\n{rows}".encode())))
    with duckdb.connect() as db, pytest.raises(InputError, match=r"CRC check failed|ended before"):
        table_of(db, str(path))
