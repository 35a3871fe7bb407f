"""What a caller can ask for, and the rules of each scenario."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from model.columns import MAX_K, MOST_PRODUCTS, PRODUCT_IDS


@dataclass(frozen=True)
class Scenario:
    """Which products are ranked, which are never shown, and what fills a short list.

    Attributes
    ----------
    meaning : str
    ranks_bought, ranks_new : bool
        Whether what the customer bought before, and whether what they did not, is ranked.
    hides_bought : bool
    hides_looked_at : bool
        Products with an event of the lightest type, as views.
    fills_with_popular : bool
    ranked_as : str
        The scenario whose ranker orders the candidates, where it is another one.
    """

    meaning: str
    ranks_bought: bool = True
    ranks_new: bool = True
    hides_bought: bool = False
    hides_looked_at: bool = False
    fills_with_popular: bool = True
    ranked_as: str = ""


SCENARIOS: dict[str, Scenario] = {
    "for_you": Scenario("the best list, products bought before included"),
    "discover": Scenario("nothing bought before; looked at is allowed", hides_bought=True),
    "unseen": Scenario(
        "nothing bought before, nor looked at (the lightest event, as views)",
        hides_bought=True,
        hides_looked_at=True,
        ranked_as="discover",
    ),
    "buy_again": Scenario("only products bought before", ranks_new=False, fills_with_popular=False),
    "popular": Scenario("what everybody buys lately", ranks_bought=False, ranks_new=False),
}

SIMILAR, TOGETHER = "similar", "bought_together"
RELATIONS: dict[str, str] = {
    SIMILAR: "products like those of `product_ids`",
    TOGETHER: "what is bought in one basket with those of `product_ids`",
}
"""Scenarios that are about products, whoever asks."""

ALL = (*SCENARIOS, *RELATIONS)

DEFAULT_SCENARIO = "for_you"


def check_scenario(scenario: object, known: Collection[str] = ALL) -> str:
    """Return the scenario, or raise ValueError naming it and what is allowed."""
    if not isinstance(scenario, str) or scenario not in known:
        raise ValueError(f"scenario {scenario!r} is not known; allowed: {', '.join(known)}")
    return scenario


def check_products(scenario: str, product_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the products a scenario is about, or raise ValueError if it needs some, or none."""
    if scenario in RELATIONS and not product_ids:
        raise ValueError(
            f"scenario {scenario!r} is about products: {PRODUCT_IDS!r} is missing or empty; "
            f"allowed: a list of 1 to {MOST_PRODUCTS} product ids"
        )
    if product_ids and scenario not in RELATIONS:
        raise ValueError(
            f"scenario {scenario!r} is about a customer, not about {PRODUCT_IDS!r}; "
            f"allowed with them: {', '.join(RELATIONS)}"
        )
    return tuple(product_ids)


def check_k(k: object) -> int:
    """Return k, or raise ValueError naming it and what is allowed."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= MAX_K:
        raise ValueError(f"k = {k!r} is not allowed; allowed: a whole number from 1 to {MAX_K}")
    return int(k)
