"""Why a product is in a list: the strategy that speaks for it most, and the products it follows."""

from typing import Any

import numpy as np

from model.candidates import POPULAR
from model.id_index import UNKNOWN_ROW
from model.matrix import Histories
from model.recommender import Recommender
from model.request import Request
from model.scenarios import RELATIONS
from model.strategies import SimilarItems

MOST_REASONS = 3


def explain(
    recommender: Recommender, request: Request, products: list[str]
) -> list[dict[str, Any]]:
    """One explanation a product, in the order of the list.

    ``{"product_id", "score", "strategy", "because"}``: what the list is ordered by, null for a
    product that merely fills it; the strategy whose normalised score is highest; and up to three
    products of the customer's history that are most like this one.
    """
    if request.scenario in RELATIONS:
        return _of_relation(recommender, request)
    users, index = recommender.matrix.users, recommender.matrix.products
    row = users.row(request.user_id) if request.user_id else UNKNOWN_ROW
    histories = recommender.history(row, request.recent_products)
    candidates = recommender.candidates(histories, request.scenario)
    scores = recommender.rankers[request.scenario].score(candidates, histories, recommender.items)
    similar_items = recommender.strategies.get("similar_items")
    explained = []
    for item in index.rows_of(products):
        position = int(np.searchsorted(candidates.items, item))
        proposed = position < len(candidates.items) and candidates.items[position] == item
        strategy = (
            candidates.names[int(candidates.scores[position].argmax())] if proposed else POPULAR
        )
        because = []
        if strategy != POPULAR and isinstance(similar_items, SimilarItems):
            because = _nearest(similar_items, histories, int(item))
        score = float(scores[position]) if proposed else None
        explained.append({"score": score, "strategy": strategy, "because": index.ids_of(because)})
    return [
        {"product_id": product, **reasons}
        for product, reasons in zip(products, explained, strict=True)
    ]


def _of_relation(recommender: Recommender, request: Request) -> list[dict[str, Any]]:
    """Of a list about products: how near each one is, and to which of those asked about."""
    items, nearness = recommender.related(request.product_ids, request.k, request.scenario)
    asked = request.product_ids
    near_to = recommender.relations[request.scenario].parts(asked, items)
    ids, explained = recommender.matrix.products.ids_of(items), []
    for product, near, parts in zip(ids, nearness, near_to, strict=True):
        order = np.argsort(-parts, kind="stable")[:MOST_REASONS]
        because = [asked[place] for place in order if parts[place] > 0]
        reasons = {"score": float(near), "strategy": request.scenario, "because": because}
        explained.append({"product_id": product, **reasons})
    return explained


def _nearest(similar_items: SimilarItems, histories: Histories, item: int) -> list[int]:
    """Products of the history by their part in the item's score, highest first."""
    own = histories.weights.indices
    towards = similar_items.similarity[own][:, [item]].toarray()[:, 0]
    parts = np.log1p(histories.facts.lasting) * towards
    order = np.argsort(-parts, kind="stable")[:MOST_REASONS]
    return [int(own[place]) for place in order if parts[place] > 0]
