"""Features of a candidate: what the second stage knows about a customer and a product.

Strategy scores come first, then facts of the pair, the product and the customer. Every feature is a
number: what is not known has a value of its own (-1), never NaN. All are to three digits, as trees
look at them.
"""

import numpy as np
from numpy.typing import NDArray

from model.candidates import Candidates
from model.items import ItemFacts
from model.matrix import Floats, Histories
from model.sparse import lengths_of, row_numbers
from model.trees import shortened

UNKNOWN = -1.0


def features(candidates: Candidates, histories: Histories, items: ItemFacts) -> dict[str, Floats]:
    """Feature name -> array of shape (n_candidates,), float32."""
    customers = candidates.customers()
    of_customer = {name: v[customers] for name, v in _customers(histories, items).items()}
    of_item = items.of(candidates.items)
    of_pair = _pairs(candidates, histories)
    named = {
        **{f"score_{n}": s for n, s in zip(candidates.names, candidates.scores.T, strict=True)},
        **{f"pair_{name}": values for name, values in of_pair.items()},
        **{f"item_{name}": values for name, values in of_item.items()},
        **{f"customer_{name}": values for name, values in of_customer.items()},
        **_crossed(of_pair, of_item, of_customer),
        **_of_groups(candidates, histories, items),
    }
    return {name: shortened(values.astype(np.float32)) for name, values in named.items()}


def _pairs(candidates: Candidates, histories: Histories) -> dict[str, Floats]:
    """Facts of the customer's own products; 0, or -1 for times, for products new to them.

    ``gap_days`` is the time from the first event of the product to the latest, views included, a
    purchase after the first; -1 for a product that was not bought again.
    """
    known = candidates.pairs >= 0
    of_pair = {}
    stored = {**vars(histories.facts), "weight": histories.weights.data}
    for name, values in stored.items():
        missing = UNKNOWN if name.endswith("_days") else 0.0
        column = np.full(len(known), missing, np.float32)
        column[known] = values[candidates.pairs[known]]
        of_pair[name] = column
    returns = of_pair["purchases"] - 1
    span = of_pair["first_age_days"] - of_pair["age_days"]
    of_pair["gap_days"] = np.where(returns > 0, span / np.maximum(returns, 1), UNKNOWN)
    return of_pair


def _customers(histories: Histories, items: ItemFacts) -> dict[str, Floats]:
    """One number a customer, from their history alone."""
    n, rows = len(histories), row_numbers(histories.weights)
    facts = histories.facts
    n_products = lengths_of(histories.weights.indptr)
    purchases = np.bincount(rows, facts.purchases, n)
    n_bought = np.bincount(rows, facts.purchases > 0, n)
    latest, first = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(latest, rows, facts.age_days)
    np.maximum.at(first, rows, facts.first_age_days)
    most = np.zeros(n)
    np.maximum.at(most, rows, facts.purchases)
    prices = items.log_price[histories.weights.indices]
    priced = (prices >= 0) * facts.purchases
    spent, bought = np.bincount(rows, priced * prices, n), np.bincount(rows, priced, n)
    return {
        "products": n_products,
        "purchases": purchases,
        "most_purchases": most,
        "repeat_share": np.where(purchases > 0, 1 - n_bought / np.maximum(purchases, 1), UNKNOWN),
        "age_days": np.where(n_products > 0, latest, UNKNOWN),
        "first_age_days": np.where(n_products > 0, first, UNKNOWN),
        "log_price": np.where(bought > 0, spent / np.maximum(bought, 1), UNKNOWN),
    }


def _crossed(
    pair: dict[str, Floats], item: dict[str, Floats], customer: dict[str, Floats]
) -> dict[str, Floats]:
    """What only two of customer, product and pair together say."""
    expected = np.where(pair["gap_days"] >= 0, pair["gap_days"], item["gap_days"])
    due = (pair["age_days"] >= 0) & (expected > 0)
    priced = (item["log_price"] >= 0) & (customer["log_price"] >= 0)
    return {
        "due": np.where(due, pair["age_days"] / np.maximum(expected, 1), UNKNOWN),
        "share_of_most": pair["purchases"] / np.maximum(customer["most_purchases"], 1),
        "price_difference": np.where(priced, item["log_price"] - customer["log_price"], 0),
        "item_rise": item["sales_7"] / (item["sales_30"] + 1e-2),
        "item_rise_90": item["sales_30"] / (item["sales_90"] + 1e-2),
        "item_fresh": item["first_14"] / (item["first_45"] + 1e-2),
    }


def _of_groups(
    candidates: Candidates, histories: Histories, items: ItemFacts
) -> dict[str, NDArray[np.float64]]:
    """How much the customer lately did with products of the same category, brand or title."""
    customers, rows = candidates.customers(), row_numbers(histories.weights)
    named = {}
    for name, group in items.groups.items():
        n_groups = int(group.max()) + 1
        of_history = rows * n_groups + group[histories.weights.indices]
        recent = np.bincount(of_history, histories.facts.recent, len(histories) * n_groups)
        own = group[candidates.items]
        named[f"recent_of_{name}"] = np.where(own > 0, recent[customers * n_groups + own], UNKNOWN)
    return named
