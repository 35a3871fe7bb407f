"""What a caller can ask for, and the rules of each scenario."""

from dataclasses import dataclass

import numpy as np

from model.columns import MAX_K


@dataclass(frozen=True)
class Scenario:
    """Which strategies speak, what is hidden, and whether popular products may appear."""

    meaning: str
    strategies: tuple[str, ...] = ()
    hides_bought: bool = False
    shows_popular: bool = True


SCENARIOS: dict[str, Scenario] = {
    "for_you": Scenario(
        "the best list, products bought before included",
        ("buy_again", "similar_items", "similar_customers"),
    ),
    "discover": Scenario(
        "nothing bought before", ("similar_items", "similar_customers"), hides_bought=True
    ),
    "buy_again": Scenario("only products bought before", ("buy_again",), shows_popular=False),
    "popular": Scenario("what everybody buys lately"),
}

DEFAULT_SCENARIO = "for_you"


def check_scenario(scenario: object) -> str:
    """Return the scenario, or raise ValueError naming it and what is allowed."""
    if not isinstance(scenario, str) or scenario not in SCENARIOS:
        raise ValueError(f"scenario {scenario!r} is not known; allowed: {', '.join(SCENARIOS)}")
    return scenario


def check_k(k: object) -> int:
    """Return k, or raise ValueError naming it and what is allowed."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= MAX_K:
        raise ValueError(f"k = {k!r} is not allowed; allowed: a whole number from 1 to {MAX_K}")
    return int(k)
