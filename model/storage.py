"""A recommender on disk: plain arrays and JSON, no pickle, checked by a sha256 manifest.

``manifest.json`` holds the structure (the small values themselves, and for each array its file)
and the sha256 of every file. Arrays are uncompressed ``.npy``: they are memory-mapped, so that
loading is quick and several processes share one copy.
"""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from model.id_index import IdIndex
from model.items import ItemFacts
from model.matrix import PairFacts, UserItemMatrix
from model.rankers import Blend, TwoStage
from model.recommender import Recommender
from model.relations import Relation
from model.strategies import STRATEGIES, Popular
from model.trees import Trees

FORMAT = 6
MANIFEST = "manifest.json"

KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Recommender,
        UserItemMatrix,
        PairFacts,
        ItemFacts,
        Popular,
        Relation,
        Blend,
        TwoStage,
        Trees,
        *STRATEGIES.values(),
    )
}
"""The classes that may be on disk; no other name is ever turned into an object."""


class DamagedModelError(ValueError):
    """The files on disk are not the ones that were saved."""


def save(recommender: Recommender, folder: Path) -> None:
    """Write a recommender into an empty folder; the manifest comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    structure = _described(recommender, "recommender", folder)
    files = sorted(path.name for path in folder.glob("*.npy"))
    digests = dict(zip(files, map(_sha256, (folder / name for name in files)), strict=True))
    manifest = {"format": FORMAT, "sha256": digests, "recommender": structure}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def load(folder: Path) -> Recommender:
    """Check every file against the manifest, then map it into memory.

    Raises
    ------
    DamagedModelError
        If a file is absent or differs, or the format is not ours.
    """
    manifest = check(Path(folder))
    try:
        return _rebuilt(manifest["recommender"], Path(folder))
    except (KeyError, TypeError, OSError) as error:
        raise DamagedModelError(
            f"{folder / MANIFEST} does not fit this program: {error}"
        ) from error


def check(folder: Path) -> dict[str, Any]:
    """The manifest, after every file was compared with it.

    Raises
    ------
    DamagedModelError
        As `load`.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedModelError(f"{folder / MANIFEST} cannot be read: {error}") from error
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if found != FORMAT:
        raise DamagedModelError(
            f"{folder / MANIFEST} has format {found!r}, of another version of this program; "
            f"allowed: {FORMAT}: train again, or use the code that the model was logged with"
        )
    names = list(manifest["sha256"])
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(_sha256, (folder / name for name in names)))
    for name, digest in zip(names, digests, strict=True):
        if digest != manifest["sha256"][name]:
            raise DamagedModelError(f"{folder / name} is not the file that was saved")
    return manifest


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DamagedModelError(f"{path} cannot be read: {error}") from error


def _described(value: Any, name: str, folder: Path) -> Any:
    """The structure of a value as JSON; its arrays are written on the way."""
    if isinstance(value, np.ndarray):
        np.save(folder / f"{name}.npy", value, allow_pickle=False)
        return {"array": f"{name}.npy"}
    if isinstance(value, csr_array):
        parts = {part: getattr(value, part) for part in ("data", "indices", "indptr")}
        return {"csr": _described(parts, name, folder), "shape": list(value.shape)}
    if isinstance(value, IdIndex):
        return {"ids": _described(value.ids, name, folder)}
    if is_dataclass(value):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        return {"kind": type(value).__name__, "fields": _described(parts, name, folder)}
    if isinstance(value, Mapping):
        return {"map": {k: _described(v, f"{name}.{k}", folder) for k, v in value.items()}}
    if isinstance(value, tuple):
        return {"tuple": list(value)}
    return {"value": value}


def _rebuilt(described: dict[str, Any], folder: Path) -> Any:
    match described:
        case {"array": name}:
            # A plain array over the map: np.memmap's own slicing is slow.
            return np.asarray(np.load(folder / name, mmap_mode="r", allow_pickle=False))
        case {"csr": parts, "shape": shape}:
            arrays = _rebuilt(parts, folder)
            triple = (arrays["data"], arrays["indices"], arrays["indptr"])
            return csr_array(triple, shape=tuple(shape), copy=False)
        case {"ids": ids}:
            return IdIndex(_rebuilt(ids, folder))
        case {"kind": kind, "fields": parts} if kind in KINDS:
            return KINDS[kind](**_rebuilt(parts, folder))
        case {"map": parts}:
            return {name: _rebuilt(part, folder) for name, part in parts.items()}
        case {"tuple": values}:
            return tuple(values)
        case {"value": value}:
            return value
    raise DamagedModelError(f"the manifest describes something unknown: {described!r}")
