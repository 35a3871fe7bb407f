"""Figures beyond accuracy and in money, per customer and in the mean, under fixed names."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from training.evaluation.evaluate import CUTOFFS, Judged
from training.insight import beyond
from training.insight.beyond import Products
from training.insight.revenue import captured
from training.intervals import Interval, intervals, ratios

Named = dict[tuple[str, str, str], Interval]
"""(method, task, metric) -> figure, as in `Evaluation.means`."""

MEANT = ("novelty", "popularity", "diversity", "revenue")
"""What has a mean over customers; each at every cut-off."""

MONEY = "targets_value"


def per_customer(judged: Judged, products: Products, spent: csr_array | None) -> pd.DataFrame:
    """One line a customer: novelty, popularity, diversity, and revenue where events carry value.

    ``targets_value`` and ``captured_value_at_<k>`` are the money itself, ``revenue_at_<k>`` its
    share.
    """
    lists, buyers, n_customers = judged.lists, products.buyers, products.n_customers
    columns = {}
    for k in CUTOFFS:
        columns[f"novelty_at_{k}"] = beyond.novelty(lists, buyers, n_customers, k)
        columns[f"popularity_at_{k}"] = beyond.popularity(lists, buyers, n_customers, k)
        columns[f"diversity_at_{k}"] = beyond.diversity(lists, products.vectors, k)
    if spent is not None:
        found = captured(judged.task, lists, spent, CUTOFFS)
        columns[MONEY] = found.total
        for k in CUTOFFS:
            columns[f"captured_value_at_{k}"] = found.hits[k]
            columns[f"revenue_at_{k}"] = found.share(k)
    return pd.DataFrame(columns)


def further_means(
    judged: Sequence[Judged],
    tables: Sequence[pd.DataFrame],
    products: Products,
    rng: np.random.Generator,
) -> Named:
    """Figures of the methods of one task; coverage and Gini are of all lists: no interval."""
    named = [f"{metric}_at_{k}" for metric in MEANT for k in CUTOFFS]
    meant = [name for name in named if name in tables[0]]
    side_by_side = pd.concat([table[meant] for table in tables], axis=1).to_numpy(np.float64)
    found = iter(intervals(side_by_side, rng))
    means = {(j.method, j.task.name, metric): next(found) for j in judged for metric in meant}
    return means | _of_all_lists(judged, products) | _totals(judged, tables, rng)


def _of_all_lists(judged: Sequence[Judged], products: Products) -> Named:
    of_lists = {"coverage": beyond.coverage, "gini": beyond.gini}
    return {
        (j.method, j.task.name, f"{name}_at_{k}"): Interval(
            of(j.lists, products.buyers, k), np.nan, np.nan
        )
        for j in judged
        for name, of in of_lists.items()
        for k in CUTOFFS
    }


def _totals(
    judged: Sequence[Judged], tables: Sequence[pd.DataFrame], rng: np.random.Generator
) -> Named:
    """Share of all customers' money together, ``revenue_total_at_<k>``."""
    if MONEY not in tables[0]:
        return {}
    caught = [table[[f"captured_value_at_{k}" for k in CUTOFFS]] for table in tables]
    tops = np.column_stack(caught)
    bottoms = np.column_stack([table[MONEY] for table in tables for _ in CUTOFFS])
    found = iter(ratios(tops, bottoms, rng))
    return {
        (j.method, j.task.name, f"revenue_total_at_{k}"): next(found)
        for j in judged
        for k in CUTOFFS
    }
