"""The ways to score products for a customer; each is one file.

A personal strategy is a frozen dataclass of arrays with one method, ``score(histories)``, which
returns a new dense block of shape (n_customers, n_items): a positive number wherever it has an
opinion. `Popular` says the same to everybody and is a vector.
"""

from typing import Protocol

from model.blocks import Block
from model.matrix import Histories
from model.strategies.buy_again import BuyAgain
from model.strategies.popular import Popular
from model.strategies.similar_customers import SimilarCustomers
from model.strategies.similar_items import SimilarItems


class Strategy(Protocol):
    """One personal way to score."""

    def score(self, histories: Histories) -> Block:
        """Score products for every customer; nothing, or nothing above 0, means no opinion."""
        ...


STRATEGIES: dict[str, type[Strategy]] = {
    "buy_again": BuyAgain,
    "similar_items": SimilarItems,
    "similar_customers": SimilarCustomers,
    "low_pass": SimilarItems,
}
"""Every personal strategy by the name that answers and configurations use."""

__all__ = [
    "STRATEGIES",
    "BuyAgain",
    "Popular",
    "SimilarCustomers",
    "SimilarItems",
    "Strategy",
]
