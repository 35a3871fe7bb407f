"""From a request to the answer that is served, the same for every door."""

from typing import Any

from model.columns import EXPLANATIONS, MAX_K, RECOMMENDED_PRODUCTS
from model.explain import explain
from model.id_index import UNKNOWN_ROW
from model.recommender import Recommender
from model.request import Request


class Answers:
    """Answers requests, and keeps the lists of strangers, who all get the same ones."""

    def __init__(self, recommender: Recommender) -> None:
        self.recommender = recommender
        self._for_strangers: dict[str, list[str]] = {}

    def of(self, request: Request) -> dict[str, Any]:
        """``{"recommended_products": [...]}``, best first; explanations only where asked for."""
        found = self.at_hand(request)
        if found is not None:
            return found
        products = self._computed(request)
        if not request.explain:
            return {RECOMMENDED_PRODUCTS: products}
        return {
            RECOMMENDED_PRODUCTS: products,
            EXPLANATIONS: explain(self.recommender, request, products),
        }

    def at_hand(self, request: Request) -> dict[str, Any] | None:
        """The answer if it is looked up in microseconds; None if it has to be computed."""
        if request.recent_products or request.explain:
            return None
        row = self._row(request)
        if row == UNKNOWN_ROW:
            longest = self._for_strangers.get(request.scenario)
            return None if longest is None else {RECOMMENDED_PRODUCTS: longest[: request.k]}
        products = self.recommender.listed(row, request.k, request.scenario)
        return None if products is None else {RECOMMENDED_PRODUCTS: products}

    def _row(self, request: Request) -> int:
        users = self.recommender.matrix.users
        return users.row(request.user_id) if request.user_id else UNKNOWN_ROW

    def _computed(self, request: Request) -> list[str]:
        if request.recent_products or self._row(request) != UNKNOWN_ROW:
            return self.recommender.recommend(
                request.user_id, request.k, request.scenario, request.recent_products
            )
        longest = self.recommender.recommend(None, MAX_K, request.scenario)
        self._for_strangers[request.scenario] = longest
        return longest[: request.k]
