"""From a request to the answer that is served, the same for every door."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from model.columns import (
    EXPLANATIONS,
    KNOWN_CUSTOMER,
    MAX_K,
    MODEL_VERSION,
    RECOMMENDATION_ID,
    RECOMMENDED_PRODUCTS,
)
from model.explain import explain
from model.id_index import UNKNOWN_ROW
from model.recommender import Recommender
from model.request import Request
from model.scenarios import RELATIONS, SCENARIOS


def names_of(explain: bool, details: bool) -> list[str]:
    """What an answer holds, by name; more than the list only where it was asked for."""
    names = [RECOMMENDED_PRODUCTS]
    if explain:
        names += [EXPLANATIONS]
    if details:
        names += [RECOMMENDATION_ID, MODEL_VERSION, KNOWN_CUSTOMER]
    return names


class Answers:
    """Answers requests, and keeps the lists of strangers, who all get the same ones.

    Parameters
    ----------
    recommender : Recommender
        What makes the lists.
    version : str, optional
        The registered version, which ``details`` tell.
    """

    def __init__(self, recommender: Recommender, version: str | None = None) -> None:
        self.recommender = recommender
        self.version = version
        self._for_strangers: dict[str, list[str]] = {}

    def asked(self, given: Mapping[str, Any]) -> Request:
        """Check a request's fields, and that this model can answer it.

        Raises
        ------
        ValueError
            If `Request.of` refuses it, or it is about related products and the model has none.
        """
        request = Request.of(given)
        if request.scenario in RELATIONS and request.scenario not in self.recommender.relations:
            allowed = ", ".join((*SCENARIOS, *self.recommender.relations))
            raise ValueError(
                f"scenario {request.scenario!r} needs products that were related in training, "
                f"which this model's were not; allowed: {allowed}"
            )
        return request

    def of(self, request: Request) -> dict[str, Any]:
        """``{"recommended_products": [...]}``, best first; and what else was asked for."""
        products = self._kept(request)
        if products is None:
            products = self._computed(request)
        answer: dict[str, Any] = {RECOMMENDED_PRODUCTS: products}
        if request.explain:
            answer[EXPLANATIONS] = explain(self.recommender, request, products)
        if request.details:
            answer |= self._details(request)
        return answer

    def at_hand(self, request: Request) -> dict[str, Any] | None:
        """The answer if it is looked up in microseconds; None if it has to be computed."""
        if request.explain:
            return None
        products = self._kept(request)
        if products is None:
            return None
        answer: dict[str, Any] = {RECOMMENDED_PRODUCTS: products}
        return answer | self._details(request) if request.details else answer

    def _kept(self, request: Request) -> list[str] | None:
        if request.recent_products or request.product_ids:
            return None
        row = self._row(request)
        if row == UNKNOWN_ROW:
            longest = self._for_strangers.get(request.scenario)
            return None if longest is None else longest[: request.k]
        return self.recommender.listed(row, request.k, request.scenario)

    def _computed(self, request: Request) -> list[str]:
        given = (request.recent_products, request.product_ids)
        if any(given) or self._row(request) != UNKNOWN_ROW:
            return self.recommender.recommend(request.user_id, request.k, request.scenario, *given)
        longest = self.recommender.recommend(None, MAX_K, request.scenario)
        self._for_strangers[request.scenario] = longest
        return longest[: request.k]

    def _details(self, request: Request) -> dict[str, Any]:
        """Of every answer: a name of its own, by which a shop's log can be joined to purchases."""
        return {
            RECOMMENDATION_ID: uuid4().hex,
            MODEL_VERSION: self.version,
            KNOWN_CUSTOMER: self._row(request) != UNKNOWN_ROW,
        }

    def _row(self, request: Request) -> int:
        users = self.recommender.matrix.users
        return users.row(request.user_id) if request.user_id else UNKNOWN_ROW
