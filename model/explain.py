"""Why a product is in a list: the strategy that speaks for it most, and the products it follows."""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from model.candidates import POPULAR, Candidates
from model.id_index import UNKNOWN_ROW
from model.matrix import Floats, Histories
from model.rankers import SESSION_SHARE
from model.recommender import Recommender
from model.request import Request
from model.scenarios import RELATIONS, TOGETHER
from model.sparse import places_in
from model.strategies import SimilarItems

MOST_REASONS = 3
T = TypeVar("T")


def explain(
    recommender: Recommender, request: Request, products: list[str]
) -> list[dict[str, Any]]:
    """One explanation a product, in the order of the list.

    ``{"product_id", "score", "strategy", "because"}``: what the list is ordered by, null for a
    product that merely fills it; the strategy whose normalised score is highest, or
    ``bought_together`` where the session's share is higher; and up to three products of the
    customer's history that are most like this one, or of the session that are bought with it.
    """
    if request.scenario in RELATIONS:
        return _of_relation(recommender, request)
    users, index = recommender.matrix.users, recommender.matrix.products
    row = users.row(request.user_id) if request.user_id else UNKNOWN_ROW
    histories = recommender.history(row, request.recent_products)
    candidates, scores = recommender.scored(histories, request.scenario)
    names, said = _said_of(candidates)
    similar_items = recommender.strategies.get("similar_items")
    session = list(dict.fromkeys(request.recent_products))
    items = index.rows_of(products)
    explained = []
    for item, position in zip(items, places_in(candidates.items, items), strict=True):
        proposed = position >= 0
        strategy = names[int(said[position].argmax())] if proposed else POPULAR
        because = []
        if strategy == TOGETHER:
            because = _highest(session, recommender.relations[TOGETHER].parts(session, [item])[0])
        elif strategy != POPULAR and isinstance(similar_items, SimilarItems):
            because = index.ids_of(_nearest(similar_items, histories, int(item)))
        score = float(scores[position]) if proposed else None
        explained.append({"score": score, "strategy": strategy, "because": because})
    return [
        {"product_id": product, **reasons}
        for product, reasons in zip(products, explained, strict=True)
    ]


def _said_of(candidates: Candidates) -> tuple[tuple[str, ...], Floats]:
    """Who may speak for a candidate, and how much each does, shape (n_candidates, n_names)."""
    if candidates.session is None:
        return candidates.names, candidates.scores
    beside = SESSION_SHARE * candidates.session
    return (*candidates.names, TOGETHER), np.column_stack((candidates.scores, beside))


def _of_relation(recommender: Recommender, request: Request) -> list[dict[str, Any]]:
    """Of a list about products: how near each one is, and to which of those asked about."""
    items, nearness = recommender.related(request.product_ids, request.k, request.scenario)
    asked = list(dict.fromkeys(request.product_ids))
    near_to = recommender.relations[request.scenario].parts(asked, items)
    ids, explained = recommender.matrix.products.ids_of(items), []
    for product, near, parts in zip(ids, nearness, near_to, strict=True):
        because = _highest(asked, parts)
        reasons = {"score": float(near), "strategy": request.scenario, "because": because}
        explained.append({"product_id": product, **reasons})
    return explained


def _nearest(similar_items: SimilarItems, histories: Histories, item: int) -> list[int]:
    """Products of the history by their part in the item's score, highest first."""
    own = histories.weights.indices
    towards = similar_items.similarity[own][:, [item]].toarray()[:, 0]
    return _highest(own.tolist(), np.log1p(histories.facts.lasting) * towards)


def _highest(reasons: Sequence[T], parts: Floats) -> list[T]:
    """The reasons with the highest parts in a score, best first; none without a part."""
    order = np.argsort(-parts, kind="stable")[:MOST_REASONS]
    return [reasons[place] for place in order if parts[place] > 0]
