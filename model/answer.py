"""From a request to the answer that is served, the same for every door."""

from typing import Any

from model.columns import EXPLANATIONS, RECOMMENDED_PRODUCTS
from model.explain import explain
from model.recommender import Recommender
from model.request import Request


def answer(recommender: Recommender, request: Request) -> dict[str, Any]:
    """``{"recommended_products": [...]}``, best first; explanations only where asked for."""
    products = recommender.recommend(
        request.user_id, request.k, request.scenario, request.recent_products
    )
    if not request.explain:
        return {RECOMMENDED_PRODUCTS: products}
    return {
        RECOMMENDED_PRODUCTS: products,
        EXPLANATIONS: explain(recommender, request, products),
    }
