"""Which products win and lose places, and how price and category shift."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from model.columns import CATEGORY, PRICE
from training.compare.lists import Shown
from training.events.catalogue import titles_of

MOST_PRODUCTS = 20
MOST_CATEGORIES = 15
SIDES = ("left", "right")


def exposures(found: Shown) -> pd.DataFrame:
    """Share of the customers who are shown each product, left and right; by product id."""
    n = max(len(found.user_ids), 1)
    counts = {
        name: np.bincount(lists[lists >= 0], minlength=len(found.products)) / n
        for name, lists in (("left", found.left), ("right", found.right))
    }
    index = found.products.ids_of(np.arange(len(found.products)))
    table = pd.DataFrame(counts, index=pd.Index(index, name="product_id", dtype=str))
    return table.assign(change=table["right"] - table["left"])


def winners(table: pd.DataFrame, catalogue: pd.DataFrame | None) -> list[dict[Any, Any]]:
    """Products shown to more customers by the right model, largest change first."""
    gained = table[table["change"] > 0].sort_values("change", ascending=False, kind="stable")
    return _named(gained.head(MOST_PRODUCTS), catalogue)


def losers(table: pd.DataFrame, catalogue: pd.DataFrame | None) -> list[dict[Any, Any]]:
    """Products shown to fewer customers by the right model, largest change first."""
    lost = table[table["change"] < 0].sort_values("change", kind="stable")
    return _named(lost.head(MOST_PRODUCTS), catalogue)


def catalogue_shares(table: pd.DataFrame) -> dict[str, int]:
    """How many products each model shows to anybody, and only it."""
    left, right = table["left"] > 0, table["right"] > 0
    return {
        "left": int(left.sum()),
        "right": int(right.sum()),
        "only_left": int((left & ~right).sum()),
        "only_right": int((right & ~left).sum()),
    }


def price_shift(table: pd.DataFrame, catalogue: pd.DataFrame | None) -> dict[str, float] | None:
    """Mean price of a shown place, left and right; None without prices.

    A price is a finite number from 0 on; 16,50 is one, too.
    """
    if catalogue is None or PRICE not in catalogue:
        return None
    text = catalogue[PRICE].reindex(table.index).astype(str).str.strip()
    with_point = text.str.replace(r"^(\d+),(\d\d?)$", r"\1.\2", regex=True)
    prices = pd.to_numeric(with_point, errors="coerce").to_numpy(np.float64)
    priced = np.isfinite(prices) & (prices >= 0)
    if not priced.any():
        return None
    return {side: _weighted(prices[priced], table[side].to_numpy()[priced]) for side in SIDES}


def category_shift(table: pd.DataFrame, catalogue: pd.DataFrame | None) -> list[dict[Any, Any]]:
    """Share of all shown places by category, largest change first; empty without categories."""
    if catalogue is None or CATEGORY not in catalogue:
        return []
    categories = catalogue[CATEGORY].reindex(table.index).fillna("").replace("", "not in catalogue")
    sums = table[list(SIDES)].groupby(categories.to_numpy()).sum()
    shares = sums / sums.sum().replace(0, np.nan)
    shares["change"] = shares["right"] - shares["left"]
    order = shares["change"].abs().sort_values(ascending=False, kind="stable").index
    top = shares.loc[order].head(MOST_CATEGORIES)
    return list(top.rename_axis("category").reset_index().to_dict("records"))


def _weighted(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    return float(values @ weights / weights.sum()) if weights.sum() else float("nan")


def _named(table: pd.DataFrame, catalogue: pd.DataFrame | None) -> list[dict[Any, Any]]:
    titles = titles_of(table.index.tolist(), catalogue)
    return list(table.assign(title=titles).reset_index().to_dict("records"))
