"""RecTools behind a pipe: run in an environment of its own, so it imports nothing of ours.

Every line of standard input is a request as JSON; ``done`` on standard output answers it.
"""

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rectools import Columns  # type: ignore[import-not-found]
from rectools.dataset import Dataset  # type: ignore[import-not-found]
from rectools.models import EASEModel, PureSVDModel  # type: ignore[import-not-found]
from scipy.sparse import load_npz

NO_ITEM = -1
MODELS = {"ease": EASEModel, "pure_svd": PureSVDModel}


def dataset_of(folder: Path) -> Dataset:
    """The user-item matrix as RecTools' interactions; rows and columns are the ids."""
    taste = load_npz(folder / "taste.npz").tocoo()
    columns = {
        Columns.User: taste.row,
        Columns.Item: taste.col,
        Columns.Weight: taste.data,
        Columns.Datetime: pd.Timestamp("2001-01-01"),
    }
    return Dataset.construct(pd.DataFrame(columns))


def recommended(model: Any, dataset: Dataset, rows: np.ndarray, k: int) -> np.ndarray:
    """The ``k`` best items of each row, padded with -1."""
    known = np.isin(rows, dataset.user_id_map.external_ids)
    found = model.recommend(rows[known], dataset, k=k, filter_viewed=False)
    items = np.full((len(rows), k), NO_ITEM, np.int32)
    place = pd.Series(np.arange(len(rows)), rows)
    places = place[found[Columns.User]].to_numpy()
    items[places, found[Columns.Rank].to_numpy() - 1] = found[Columns.Item].to_numpy()
    return items


def serve(folder: Path) -> None:
    """Answer requests until standard input ends."""
    print("done", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "fit":
            dataset = dataset_of(folder)
            model = MODELS[request["model"]](**request["setting"]).fit(dataset)
        else:
            rows = np.load(folder / "rows.npy")
            np.save(folder / "items.npy", recommended(model, dataset, rows, request["k"]))
        print("done", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(Path(sys.argv[1]))
