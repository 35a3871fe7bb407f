"""What an evaluation leaves beside its metrics: results per customer, plots, a page to read."""

from io import BytesIO
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from model.columns import USER_ID
from model.id_index import IdIndex
from model.matrix import UserItemMatrix
from training.insight.examine import Insight
from training.insight.page import page
from training.insight.plots import plots

PER_USER_FILE = "per_user.parquet"
PAGE_FILE = "report.html"
DOTS_PER_INCH = 110


def write_files(insight: Insight, past: UserItemMatrix, folder: Path) -> None:
    """Write everything into a folder; ``past`` is the matrix that the lists were made from."""
    per_user(insight, past.users).to_parquet(folder / PER_USER_FILE)
    drawn = []
    for plot in plots(insight, past):
        png = png_of(plot.figure)
        (folder / plot.file).write_bytes(png)
        drawn.append((plot.title, plot.meaning, png))
    (folder / PAGE_FILE).write_text(page(insight, drawn), encoding="utf-8")


def png_of(figure: Figure) -> bytes:
    """The figure as a PNG file; the same figure gives the same bytes."""
    buffer = BytesIO()
    figure.savefig(buffer, dpi=DOTS_PER_INCH, metadata={"Software": None})
    return buffer.getvalue()


def per_user(insight: Insight, users: IdIndex) -> pd.DataFrame:
    """One line a customer, task and method, with the customer's id."""
    table = insight.per_user.copy()
    table.insert(0, USER_ID, users.ids_of(table.pop("user_row").to_numpy()))
    return table
