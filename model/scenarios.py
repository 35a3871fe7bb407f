"""What a caller can ask for, and the rules of each scenario."""

from dataclasses import dataclass

import numpy as np

from model.columns import MAX_K


@dataclass(frozen=True)
class Scenario:
    """Which candidates may appear, and whether popular products fill a short list."""

    meaning: str
    shows_bought: bool = True
    shows_new: bool = True
    fills_with_popular: bool = True


SCENARIOS: dict[str, Scenario] = {
    "for_you": Scenario("the best list, products bought before included"),
    "discover": Scenario("nothing bought before; looked at is allowed", shows_bought=False),
    "buy_again": Scenario("only products bought before", shows_new=False, fills_with_popular=False),
    "popular": Scenario("what everybody buys lately", shows_bought=False, shows_new=False),
}

RELATIONS: dict[str, str] = {
    "similar": "products like those of `product_ids`",
    "bought_together": "what is bought in one basket with those of `product_ids`",
}
"""Scenarios that are about products, whoever asks."""

DEFAULT_SCENARIO = "for_you"


def check_scenario(scenario: object) -> str:
    """Return the scenario, or raise ValueError naming it and what is allowed."""
    known = [*SCENARIOS, *RELATIONS]
    if not isinstance(scenario, str) or scenario not in known:
        raise ValueError(f"scenario {scenario!r} is not known; allowed: {', '.join(known)}")
    return scenario


def check_k(k: object) -> int:
    """Return k, or raise ValueError naming it and what is allowed."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= MAX_K:
        raise ValueError(f"k = {k!r} is not allowed; allowed: a whole number from 1 to {MAX_K}")
    return int(k)
