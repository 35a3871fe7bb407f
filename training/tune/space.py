"""What is searched, and between which bounds."""

from dataclasses import dataclass
from typing import Any

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


SPACE: dict[str, Real | Whole | Choice] = {
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


def distributions() -> dict[str, Any]:
    """The space as Optuna takes it."""
    return {name: bounds.distribution() for name, bounds in SPACE.items()}
