"""Tables on disk as DuckDB relations: CSV, gzipped CSV or Parquet; one file or a folder of them."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from training.errors import InputError
from training.events.dialect import UNREADABLE, Dialect, check_whole, dialect_of, n_lines
from training.events.dropped import Dropped, one, shortened

PARQUET = (".parquet", ".pq")
CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")

MYSQL_NULL = "\\N"
MISSING = ("", "NULL", "null", "NaN", "nan", "None", "<NA>", MYSQL_NULL)
"""How tools write a missing value into a CSV file."""

MIXED_LINE_ENDS = "state machine reached an invalid state"
"""What DuckDB says of a CSV file in which they are."""

UNREADABLE_LINE = "line is not readable as CSV"
NOT_UTF_8 = "line is not written in UTF-8"
HIDDEN_LINE = "line lies behind a quote that is not closed"

NO_ROWS = "{!r} has no rows; allowed: a header and at least one row"

logger = logging.getLogger("training")


def table_of(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    """SQL that scans the file or folder; every CSV value stays text, so that "001" stays "001".

    Files and folders whose names start with a dot or an underscore are not data, as everywhere.

    Raises
    ------
    InputError
        If nothing readable is there.
    """
    files = _files(path)
    if _is_parquet(files[0]):
        listed = ", ".join(map(_this_file, files))
        sql = f"read_parquet([{listed}], union_by_name = true, binary_as_string = true)"
    else:  # one scan a file, since DuckDB records unreadable lines only without union_by_name
        scans = [_csv_scan(file, _dialect_of_whole(file)) for file in files]
        sql = f"({' UNION ALL BY NAME '.join(scans)})"
    with readable(path):
        connection.execute(f"SELECT * FROM {sql} LIMIT 0")
    return sql


@contextmanager
def readable(path: str, *also: type[Exception]) -> Iterator[None]:
    """What DuckDB cannot read in the body, and ``also``, is an InputError that names the path."""
    caught: tuple[type[Exception], ...] = (duckdb.Error, *also)
    try:
        yield
    except caught as error:
        raise InputError(f"{path!r} cannot be read as a table: {_in_one_line(error)}") from error


def columns_of(connection: duckdb.DuckDBPyConnection, path: str, source: str) -> dict[str, str]:
    """Column name -> DuckDB's type, in the order of the file.

    Raises
    ------
    InputError
        If there is no row, so that nobody is told of missing columns in an empty file.
    """
    if connection.execute(f"SELECT 1 FROM {source} LIMIT 1").fetchone() is None:
        lines = unreadable_lines(connection).items()
        told = "".join(f"; {reason}: {part.rows}, first {part.first}" for reason, part in lines)
        raise InputError(NO_ROWS.format(path) + told)
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return {name: type_ for name, type_, *_ in described}


def headers_of(connection: duckdb.DuckDBPyConnection, path: str) -> dict[str, list[str]]:
    """File name -> its columns, for every file of several; one alone was looked at already."""
    files = _files(path)
    return {str(file): _header(connection, file) for file in files if len(files) > 1}


def _header(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    if not _is_parquet(file):
        return list(dialect_of(file).columns)
    scan = f"SELECT * FROM read_parquet({_this_file(file)})"
    return [name for name, *_ in connection.execute(f"DESCRIBE {scan}").fetchall()]


def unreadable_lines(db: duckdb.DuckDBPyConnection) -> dict[str, Dropped]:
    """Lines that the scans so far could not read, by reason, and the first of each."""
    recorded = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'reject_errors'"
    if not one(db, recorded):
        return {}
    lines = (
        "SELECT file_path, line, any_value(csv_line) AS text, "
        "bool_or(error_type = 'INVALID ENCODING') AS by_encoding, "
        "bool_or(error_type = 'UNQUOTED VALUE') AS by_quote "
        "FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY file_path, line"
    )
    found = db.execute(
        "SELECT by_encoding, count(*), first(line ORDER BY file_path, line), "
        f"first(text ORDER BY file_path, line) FROM ({lines}) GROUP BY ALL ORDER BY 1"
    ).fetchall()
    told = {
        NOT_UTF_8 if by_encoding else UNREADABLE_LINE: Dropped(count, _place(line, text))
        for by_encoding, count, line, text in found
    }
    quotes = db.execute(
        "SELECT file_path, count(*), min(line) FILTER (by_quote), "
        f"arg_min(text, line) FILTER (by_quote) FROM ({lines}) GROUP BY file_path "
        "HAVING bool_or(by_quote) ORDER BY file_path"
    ).fetchall()
    hidden = [
        Dropped(rows, _place(line, text))
        for file, unreadable, line, text in quotes
        if (rows := _n_hidden(db, Path(file), unreadable)) > 0
    ]
    if hidden:
        told[HIDDEN_LINE] = Dropped(sum(part.rows for part in hidden), hidden[0].first)
    return told


def _place(line: int, text: str | None) -> str:
    return f"line {line}: {shortened((text or '').strip())!r}"


def _n_hidden(db: duckdb.DuckDBPyConnection, file: Path, unreadable: int) -> int:
    """Lines of a CSV file that are no row, no part of one and not told as unreadable.

    A quote that is not closed takes all that follows it for its value; that is one record to
    DuckDB, which may have been ten thousand.
    """
    dialect = dialect_of(file)
    breaks = " + ".join(
        f"coalesce(len(regexp_extract_all({name}, '[\\r\\n]+')), 0)"
        for name in map(identifier, dialect.columns)
    )
    counted = (
        f"SELECT count(*) + coalesce(sum({breaks}), 0)::BIGINT FROM ({_csv_scan(file, dialect)})"
    )
    return n_lines(file, dialect) - int(one(db, counted)) - unreadable


def tell_unreadable_lines(db: duckdb.DuckDBPyConnection, of: str) -> None:
    """Log the lines that the scans so far could not read, ``of`` which file they are."""
    for reason, part in unreadable_lines(db).items():
        logger.warning("%s: dropped %d lines, %s; first %s", of, part.rows, reason, part.first)


def literal(text: str) -> str:
    """A text as SQL writes it.

    >>> print(literal("o'brien"))
    'o''brien'
    """
    return "'" + text.replace("'", "''") + "'"


def _this_file(file: Path) -> str:
    """A file's path as SQL writes it, in which DuckDB reads no pattern.

    >>> print(_this_file(Path("events[1].csv")))
    'events[[]1].csv'
    """
    return literal(re.sub(r"([\[*?])", r"[\1]", str(file)))


def identifier(name: str) -> str:
    """A column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _in_one_line(error: Exception) -> str:
    """DuckDB's message without the query, the data and the advice on its own options."""
    if MIXED_LINE_ENDS in str(error):
        return "its lines end in more than one way; allowed: all in \\n, or all in \\r\\n"
    lines = re.split(r"LINE \d+:|Possible|The search space", str(error))[0].splitlines()
    kept = " ".join(line.strip() for line in lines if not line.startswith("Original Line"))
    return kept[:300].strip()


def _files(given: str) -> list[Path]:
    path = Path(given).expanduser()
    allowed = f"allowed: a file or a folder of {', '.join(PARQUET + CSV)}"
    if not path.exists():
        raise InputError(f"no file or folder {given!r} (looked in {Path.cwd()}); {allowed}")
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    files = [file for file in inside if file.is_file() and _is_table(file, path)]
    if not files:
        raise InputError(f"{given!r} holds no table; {allowed}")
    if len({_is_parquet(file) for file in files}) > 1:
        raise InputError(f"{given!r} mixes Parquet and CSV; allowed: one kind in a folder")
    return files


def _is_table(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    return file.name.lower().endswith(PARQUET + CSV) and not hidden


def _is_parquet(file: Path) -> bool:
    return file.name.lower().endswith(PARQUET)


def _dialect_of_whole(file: Path) -> Dialect:
    """How a CSV file is written; one that is empty, cut off or damaged is refused."""
    with readable(str(file), *UNREADABLE):
        dialect = dialect_of(file)
        check_whole(file, dialect)
    if not dialect.columns:
        raise InputError(NO_ROWS.format(str(file)))
    return dialect


def _csv_scan(file: Path, dialect: Dialect) -> str:
    """Scan one CSV file. DuckDB is told everything and guesses nothing.

    One bad quote among the rows that it looks at would make it take the whole file for another.
    """
    names = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in dialect.columns)
    missing = ", ".join(literal(word) for word in MISSING if word != MYSQL_NULL)
    return (
        f"SELECT nullif(COLUMNS(*), {literal(MYSQL_NULL)}) FROM read_csv({_this_file(file)}, "
        f"auto_detect = false, header = true, columns = {{{names}}}, skip = {dialect.skip}, "
        f"delim = {literal(dialect.delimiter)}, quote = '\"', escape = {literal(dialect.escape)}, "
        f"compression = {literal(dialect.compression)}, nullstr = [{missing}], "
        "store_rejects = true)"
    )
