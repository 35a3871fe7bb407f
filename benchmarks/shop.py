"""A synthetic shop of any size, written to Parquet in chunks of time; always the same by its seed.

Products are sold by Zipf's law, customers are active by a log-normal law, every customer has a
taste and a few favourites that are bought again and again, a third of the products has a season,
and a purchase is preceded by a view and a cart.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

START = np.datetime64("2023-01-01", "us")
DAYS = 540
CHUNK_VISITS = 1_000_000
"""Visits generated at once, which bounds memory."""

N_TASTES = 40
FAVOURITES = 8
REPEATED, TASTEFUL = 0.35, 0.8
"""Share of visits to a favourite; share of the others that stays within the customer's taste."""

CARTED, BOUGHT = 0.5, 0.6
"""Share of views that go into the cart, and share of carts that are paid."""

EVENTS_PER_VISIT = 1 + CARTED + CARTED * BOUGHT
SEASONAL = 3
"""One product in three has a season; out of season half of its visits go elsewhere."""

MINUTE = 60 * 10**6
EVENT_TYPES = ("view", "cart", "purchase")


@dataclass(frozen=True)
class Shop:
    """Sizes of a shop.

    Attributes
    ----------
    n_events : int
        About so many; which visit ends in a purchase is chance.
    """

    n_events: int
    n_users: int
    n_items: int

    @classmethod
    def of(cls, n_events: int) -> "Shop":
        """A hundred events a customer; products grow more slowly than customers.

        >>> Shop.of(100_000_000)
        Shop(n_events=100000000, n_users=1000000, n_items=100000)
        """
        return cls(n_events, max(n_events // 100, 20), max(int(10 * n_events**0.5), 200))


def write(shop: Shop, folder: Path, seed: int = 0) -> int:
    """Write the shop's events, oldest first, one file a chunk; returns how many there are."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    visitors = _Visitors(shop, rng)
    n_visits = int(shop.n_events / EVENTS_PER_VISIT)
    n_chunks = -(-n_visits // CHUNK_VISITS)
    edges = np.linspace(0, n_visits, n_chunks + 1).astype(np.int64)
    written = 0
    for chunk in range(n_chunks):
        days = DAYS * edges[chunk : chunk + 2] / n_visits
        table = visitors.events(int(edges[chunk + 1] - edges[chunk]), *days, rng)
        pq.write_table(table, folder / f"{chunk:05d}.parquet")
        written += len(table)
    return written


class _Visitors:
    """Who comes and what they look at."""

    def __init__(self, shop: Shop, rng: np.random.Generator) -> None:
        self.n_users, self.n_items = shop.n_users, shop.n_items
        self.activity = np.cumsum(rng.lognormal(0, 1.2, shop.n_users))
        self.tastes = rng.integers(0, N_TASTES, shop.n_users)
        self.per_taste = shop.n_items // N_TASTES
        self.popularity = _zipf(shop.n_items)
        self.within = _zipf(self.per_taste)
        self.shuffled = rng.permutation(shop.n_items)
        self.prices = rng.lognormal(2, 1, shop.n_items).astype(np.float32)
        self.user_ids = pa.array([f"u{row:07d}" for row in range(shop.n_users)])
        self.product_ids = pa.array([f"p{row:06d}" for row in range(shop.n_items)])

    def events(
        self, n: int, first_day: float, last_day: float, rng: np.random.Generator
    ) -> pa.Table:
        """All events of some visits between two days, oldest first."""
        users = np.searchsorted(self.activity, rng.random(n) * self.activity[-1])
        days = rng.uniform(first_day, last_day, n)
        items = self._chosen(users, days, rng)
        depth = (rng.random(n) < CARTED).astype(np.int8)
        depth += depth * (rng.random(n) < BOUGHT)
        visits = np.repeat(np.arange(n), depth + 1)
        steps = np.arange(len(visits)) - np.repeat(np.cumsum(depth + 1) - (depth + 1), depth + 1)
        moments = (days * 86_400e6).astype(np.int64)[visits] + steps * 3 * MINUTE
        order = np.argsort(moments, kind="stable")
        return self._table(users[visits], items[visits], steps, moments, order)

    def _chosen(self, users: NDArray, days: NDArray, rng: np.random.Generator) -> NDArray:
        """A favourite, something of the customer's taste, or anything."""
        n = len(users)
        favourite = users * FAVOURITES + rng.integers(0, FAVOURITES, n)
        # A multiplicative hash gives every favourite its fixed place in the taste's Zipf law.
        drawn = np.where(
            rng.random(n) < REPEATED, (favourite * 2654435761 % 2**32) / 2**32, rng.random(n)
        )
        ranks = np.searchsorted(self.within, drawn)
        items = self.shuffled[self.tastes[users] * self.per_taste + ranks]
        season = np.cos(2 * np.pi * (days / 365 - items / self.n_items)) < 0
        elsewhere = (rng.random(n) > TASTEFUL) | ((items % SEASONAL == 0) & season & (drawn > 0.5))
        anything = np.searchsorted(self.popularity, rng.random(n))
        return np.where(elsewhere, self.shuffled[anything], items)

    def _table(
        self, users: NDArray, items: NDArray, steps: NDArray, moments: NDArray, order: NDArray
    ) -> pa.Table:
        users, items, steps = users[order], items[order], steps[order]
        bought = steps == len(EVENT_TYPES) - 1
        return pa.table(
            {
                "user_id": self.user_ids.take(pa.array(users)),
                "product_id": self.product_ids.take(pa.array(items)),
                "event_type": pa.array(EVENT_TYPES).take(pa.array(steps)),
                "timestamp": pa.array(START + moments[order]),
                "value": pa.array(self.prices[items], mask=~bought),
            }
        )


def _zipf(n: int) -> NDArray[np.float64]:
    """Cumulated shares of Zipf's law with exponent 1, ending at 1."""
    shares = np.cumsum(1 / np.arange(1, n + 1))
    return shares / shares[-1]
