"""How a CSV file is written, as its first lines tell: columns, what is between them, escapes."""

import csv
import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TextIO

from training.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = (",", ";", "\t", "|")

UNREADABLE = (OSError, EOFError, zlib.error, csv.Error)
"""What looking at a file may raise."""

LOOKED_AT = 1 << 20
"""Characters of a file that tell how it is written."""

SAID_BY_EXCEL = re.compile(r'"?sep=(?P<delimiter>[^"\r\n])"?\r?\n', re.IGNORECASE)
"""The line before the header that tells Excel what is between fields."""

ESCAPED = re.compile(r'\\"(?![,;\t|\r\n]|\Z)')
"""A quote after a backslash in the middle of a field, as MySQL and Spark write it."""

DOUBLED = re.compile(r'(?<![,;\t|\r\n])""(?![,;\t|\r\n]|\Z)')
"""A quote written twice in the middle of a field, as RFC 4180 has it."""


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    Attributes
    ----------
    columns : tuple of str
        Names in the header, each once; none for an empty file.
    skip : int
        Lines before the header.
    compression : str
        ``gzip`` or ``none``.
    """

    columns: tuple[str, ...]
    delimiter: str
    escape: str
    skip: int
    compression: str


def dialect_of(file: Path) -> Dialect:
    """Look at the start of a file; whether it is compressed its first bytes tell, not its name.

    Raises
    ------
    InputError
        If the file is written in UTF-16.
    UNREADABLE
        If it cannot be read.
    """
    with file.open("rb") as opened:
        mark = opened.read(2)
    if mark in UTF_16_MARKS:
        raise InputError(f"{str(file)!r} is written in UTF-16; allowed: UTF-8")
    compression = "gzip" if mark == GZIP_MAGIC else "none"
    how = {"encoding": "utf-8-sig", "errors": "replace", "newline": ""}
    with _opener(compression)(file, "rt", **how) as lines:
        text = lines.read(LOOKED_AT)
    said = SAID_BY_EXCEL.match(text)
    text = text[said.end() :] if said else text
    headers = {tried: _header(text, tried) for tried in (said["delimiter"] if said else DELIMITERS)}
    delimiter = max(headers, key=lambda tried: len(headers[tried]))
    return Dialect(
        tuple(headers[delimiter]),
        delimiter,
        "\\" if ESCAPED.search(text) and not DOUBLED.search(text) else '"',
        int(said is not None),
        compression,
    )


def n_lines(file: Path, dialect: Dialect) -> int:
    """Lines after the header that are not blank, whatever ends them."""
    with _opener(dialect.compression)(file, "rt", encoding="latin-1") as lines:
        return sum(1 for line in lines if line != "\n") - 1 - dialect.skip


def check_whole(file: Path, dialect: Dialect) -> None:
    """Unpack a gzipped file to its end: DuckDB does not look at checksums.

    Raises
    ------
    UNREADABLE
        If it is cut off or damaged.
    """
    if dialect.compression == "gzip":
        with gzip.open(file) as unpacked:
            while unpacked.read(LOOKED_AT):
                pass


def _opener(compression: str) -> Callable[..., TextIO]:
    return gzip.open if compression == "gzip" else open


def _header(text: str, delimiter: str) -> list[str]:
    """Names of the columns; one without a name, or with another's, is named by its place."""
    names: dict[str, str] = {}
    for place, field in enumerate(next(csv.reader(StringIO(text, ""), delimiter=delimiter), [])):
        name = field.strip()
        unique = name if name and name.lower() not in names else f"column{place}"
        names[unique.lower()] = unique
    return list(names.values())
