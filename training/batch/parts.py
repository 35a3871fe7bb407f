"""Parts of an output: each is whole or not there, so that a killed job goes on after them."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from training.atomic_write import beside

MADE_OF = "made_of.json"


@dataclass(frozen=True)
class Parts:
    """The folder beside an output, with one Parquet file a part."""

    folder: Path
    n_parts: int

    @classmethod
    def of(cls, output: Path, n_parts: int, made_of: Mapping[str, object]) -> "Parts":
        """Take up the parts that are there if they were made of the very same, else start anew."""
        folder = output.with_name(output.name + ".parts")
        text = json.dumps(made_of, sort_keys=True)
        note = folder / MADE_OF
        if not note.exists() or note.read_text(encoding="utf-8") != text:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            note.write_text(text, encoding="utf-8")
        return cls(folder, n_parts)

    def path(self, number: int) -> Path:
        """Where a part lies when it is done."""
        return self.folder / f"{number:06d}.parquet"

    def missing(self) -> list[int]:
        """Parts that are not done."""
        return [number for number in range(self.n_parts) if not self.path(number).exists()]

    def write(self, number: int, table: pa.Table) -> None:
        """Write a part beside its place, then put it there."""
        with beside(self.path(number)) as path:
            pq.write_table(table, path)

    def join(self, output: Path, schema: pa.Schema) -> None:
        """One file with a row group a part; the folder goes when the file is there."""
        with beside(output) as path, pq.ParquetWriter(path, schema) as writer:
            for number in range(self.n_parts):
                table = pq.read_table(self.path(number), schema=schema)
                writer.write_table(table, row_group_size=max(len(table), 1))
        shutil.rmtree(self.folder)
