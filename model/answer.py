"""From a request to the answer that is served, the same for every door."""

from typing import Any

from model.columns import EXPLANATIONS, MAX_K, RECOMMENDED_PRODUCTS
from model.explain import explain
from model.recommender import Recommender
from model.request import Request


class Answers:
    """Answers requests, and keeps the lists of strangers, who all get the same ones."""

    def __init__(self, recommender: Recommender) -> None:
        self.recommender = recommender
        self._for_strangers: dict[str, list[str]] = {}

    def of(self, request: Request) -> dict[str, Any]:
        """``{"recommended_products": [...]}``, best first; explanations only where asked for."""
        products = self._products(request)
        if not request.explain:
            return {RECOMMENDED_PRODUCTS: products}
        return {
            RECOMMENDED_PRODUCTS: products,
            EXPLANATIONS: explain(self.recommender, request, products),
        }

    def are_ready_for(self, request: Request) -> bool:
        """Whether the answer is looked up in microseconds, or has to be computed."""
        if request.recent_products or request.explain:
            return False
        kept = self.recommender.lists if self._is_known(request) else self._for_strangers
        return request.scenario in kept

    def _products(self, request: Request) -> list[str]:
        if request.recent_products or self._is_known(request):
            return self.recommender.recommend(
                request.user_id, request.k, request.scenario, request.recent_products
            )
        longest = self._for_strangers.get(request.scenario)
        if longest is None:
            longest = self.recommender.recommend(None, MAX_K, request.scenario)
            self._for_strangers[request.scenario] = longest
        return longest[: request.k]

    def _is_known(self, request: Request) -> bool:
        return request.user_id is not None and request.user_id in self.recommender.matrix.users
