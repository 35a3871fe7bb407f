"""What an evaluation leaves beside its metrics: results per customer, plots, a page to read."""

from pathlib import Path

import pandas as pd

from model.columns import USER_ID
from model.id_index import IdIndex
from model.matrix import UserItemMatrix
from training.evaluation.examine import Insight
from training.evaluation.plots import figures

PER_USER_FILE = "per_user.parquet"
DOTS_PER_INCH = 110


def write_files(insight: Insight, past: UserItemMatrix, folder: Path) -> None:
    """Write everything into a folder; ``past`` is the matrix that the lists were made from."""
    per_user(insight, past.users).to_parquet(folder / PER_USER_FILE)
    for file, figure in figures(insight.evaluation, past).items():
        figure.savefig(folder / file, dpi=DOTS_PER_INCH)


def per_user(insight: Insight, users: IdIndex) -> pd.DataFrame:
    """One line a customer, task and method, with the customer's id."""
    table = insight.per_user.copy()
    table.insert(0, USER_ID, users.ids_of(table.pop("user_row").to_numpy()))
    return table
