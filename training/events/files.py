"""Tables on disk as DuckDB relations: CSV, gzipped CSV or Parquet; one file or a folder of them."""

from pathlib import Path

import duckdb

from training.errors import InputError

PARQUET = (".parquet", ".pq")
CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")

CSV_OPTIONS = "all_varchar = true, header = true, store_rejects = true, nullstr = ''"


def table_of(connection: duckdb.DuckDBPyConnection, path: str) -> str:
    """SQL that scans the file or folder; every CSV value stays text, so that "001" stays "001".

    Raises
    ------
    InputError
        If nothing readable is there.
    """
    files = _files(Path(path).expanduser())
    if files[0].name.lower().endswith(PARQUET):
        listed = ", ".join(_quoted(file) for file in files)
        sql = f"read_parquet([{listed}], union_by_name = true)"
    else:  # one scan a file, since DuckDB records unreadable lines only without union_by_name
        scans = (f"SELECT * FROM read_csv({_quoted(file)}, {CSV_OPTIONS})" for file in files)
        sql = f"({' UNION ALL BY NAME '.join(scans)})"
    try:
        connection.execute(f"SELECT * FROM {sql} LIMIT 0")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path!r} cannot be read as a table: {reason}") from error
    return sql


def _files(path: Path) -> list[Path]:
    allowed = f"allowed: a file or a folder of {', '.join(PARQUET + CSV)}"
    if not path.exists():
        raise InputError(f"no file or folder {str(path)!r} (looked in {Path.cwd()}); {allowed}")
    inside = sorted(path.rglob("*")) if path.is_dir() else [path]
    files = [
        file for file in inside if file.is_file() and file.name.lower().endswith(PARQUET + CSV)
    ]
    if not files:
        raise InputError(f"{str(path)!r} holds no table; {allowed}")
    if len({file.name.lower().endswith(PARQUET) for file in files}) > 1:
        raise InputError(f"{str(path)!r} mixes Parquet and CSV; allowed: one kind in a folder")
    return files


def _quoted(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"
