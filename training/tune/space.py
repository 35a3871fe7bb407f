"""What is searched, and between which bounds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import sqrt

import optuna

Value = float | int | str


@dataclass(frozen=True)
class Real:
    """A number between bounds; half-lives on a logarithmic scale."""

    low: float
    high: float
    log: bool = True

    def distribution(self) -> optuna.distributions.BaseDistribution:
        """As Optuna samples it."""
        return optuna.distributions.FloatDistribution(self.low, self.high, log=self.log)


@dataclass(frozen=True)
class Whole:
    """A whole number between bounds, on a logarithmic scale."""

    low: int
    high: int

    def distribution(self) -> optuna.distributions.BaseDistribution:
        """As Optuna samples it."""
        return optuna.distributions.IntDistribution(self.low, self.high, log=True)


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    values: tuple[Value, ...]

    def distribution(self) -> optuna.distributions.BaseDistribution:
        """As Optuna samples it."""
        return optuna.distributions.CategoricalDistribution(self.values)


Bounds = Real | Whole | Choice

SPACE: dict[str, Bounds] = {
    "half_life_days": Real(7, 730),
    "recent_half_life_days": Real(2, 60),
    "lasting_half_life_days": Real(30, 1460),
    "trend_half_life_days": Real(1, 60),
    "algorithm": Choice(("auto", "cosine", "tfidf", "bm25", "rp3beta", "asymmetric")),
    "k": Whole(20, 500),
    "neighbours": Whole(50, 2000),
    "neighbour_half_life_days": Real(3, 180),
    "neighbour_product_exponent": Real(0, 1, log=False),
    "neighbour_exponent": Real(0, 1, log=False),
    "neighbour_target_exponent": Real(0, 1, log=False),
    "low_pass_vectors": Choice((-1, 0, 64, 256)),
    "ridge_penalty": Real(0.1, 10),
}
"""Knobs by name; their defaults lie inside, and are the first trial."""

EVENT_WEIGHTS = "event_weights"
LIGHTEST, HEAVIEST = 1 / 20, 2
"""How far a weight may go that has none beside it, as a factor."""


def event_weight_bounds(
    weights: Mapping[str, float], present: Collection[str], target: str
) -> dict[str, Real]:
    """Bounds of the weight of every type of event in the log that speaks for a product.

    The target is the unit and keeps its weight. Every other moves between the geometric means with
    the types beside it, so that the order of the types, from look to purchase, stays.

    >>> event_weight_bounds({"view": 1, "cart": 4, "purchase": 9}, ["view", "cart", "purchase"],
    ...     target="purchase")
    {'view': Real(low=0.05, high=2.0, log=True), 'cart': Real(low=2.0, high=6.0, log=True)}
    """
    ordered = sorted((weights[name], name) for name in present if weights[name] > 0)
    bounds = {}
    for place, (weight, name) in enumerate(ordered):
        lighter = ordered[place - 1][0] if place else weight * LIGHTEST**2
        heavier = ordered[place + 1][0] if place + 1 < len(ordered) else weight * HEAVIEST**2
        if name != target:
            bounds[name] = Real(sqrt(lighter * weight), sqrt(weight * heavier))
    return bounds
