"""Seeded logs as other shops might hand them in, none of them like the benchmark's own."""

import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, coo_matrix, csc_array, csr_array, csr_matrix, save_npz

START = pd.Timestamp("2023-01-02")


def tastes(
    rng: np.random.Generator, users: int, items: int, n: int, groups: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """``n`` pairs of customers and products: groups of taste, some products loved more."""
    user = rng.integers(users, size=n)
    size = max(items // groups, 1)
    liked = np.minimum((rng.pareto(1.2, n) * size / 8).astype(int), size - 1)
    strays = rng.random(n) < 0.15
    item = (user % groups * size + liked) % items
    return user, np.where(strays, rng.integers(items, size=n), item)


def tiny(folder: Path, rng: np.random.Generator) -> list[str]:
    """Six customers, seven products, a month."""
    user, item = tastes(rng, 6, 7, 40, 2)
    days = rng.uniform(0, 30, 40)
    return events(folder, {"user_id": user, "product_id": item, "timestamp": at(days)})


def tall(folder: Path, rng: np.random.Generator) -> list[str]:
    """Many customers of few purchases, few products, ids as UUIDs."""
    user, item = tastes(rng, 1500, 30, 5000)
    named = np.array([str(uuid.UUID(int=i * 7919)) for i in range(1500)])
    days = rng.uniform(0, 200, 5000)
    return events(folder, {"visitorid": named[user], "itemid": item, "timestamp": epoch(days)})


def wide(folder: Path, rng: np.random.Generator) -> list[str]:
    """Few customers, more products than events, ids in other scripts."""
    user, item = tastes(rng, 40, 4000, 3000)
    names = np.char.add("客户-", user.astype(str)), np.char.add("Ürün ", item.astype(str))
    return events(
        folder, {"user_id": names[0], "product_id": names[1], "date": at(days_of(rng, 3000))}
    )


def without_times(folder: Path, rng: np.random.Generator) -> list[str]:
    """Views, carts and purchases that say no time."""
    user, item = tastes(rng, 200, 120, 6000)
    kind = rng.choice(["view", "add_to_cart", "purchase"], 6000, p=[0.7, 0.1, 0.2])
    return events(folder, {"user_id": user, "product_id": item, "event_type": kind})


def with_returns(folder: Path, rng: np.random.Generator) -> list[str]:
    """Invoices as UCI's: a cancellation is a negative quantity of the same product, later."""
    user, item = tastes(rng, 120, 90, 3000)
    days, pieces = days_of(rng, 3000), rng.integers(1, 13, 3000)
    back = rng.random(3000) < 0.1
    frame = pd.DataFrame(
        {"CustomerID": user, "StockCode": item, "Quantity": pieces, "InvoiceDate": at(days)}
    )
    later = frame["InvoiceDate"][back] + pd.Timedelta(days=1)
    cancelled = frame[back].assign(Quantity=-pieces[back], InvoiceDate=later)
    return events(folder, pd.concat([frame, cancelled]))


def one_type(folder: Path, rng: np.random.Generator) -> list[str]:
    """A video shop: plays, and nothing else, under a name that nobody weighed."""
    user, item = tastes(rng, 150, 80, 2500)
    columns = {"user_id": user, "item_id": item, "event": "play", "ts": epoch(days_of(rng, 2500))}
    return events(folder, columns)


def weekly(folder: Path, rng: np.random.Generator) -> list[str]:
    """A grocer: everybody comes on a weekday of their own and buys mostly the same."""
    weeks, n = 26, 120
    rows = []
    for user in range(n):
        usual = rng.choice(60, 8, replace=False)
        for week in range(weeks):
            bought = usual[rng.random(8) < 0.6].tolist() + rng.choice(60, 1).tolist()
            rows += [(user, product, 7 * week + user % 7) for product in bought]
    frame = pd.DataFrame(rows, columns=["user_id", "product_id", "day"])
    frame["timestamp"] = at(frame.pop("day").to_numpy())
    return [*events(folder, frame), "--cutoff", "2023-06-05T00:00:00+02:00"]


def strangers(folder: Path, rng: np.random.Generator) -> list[str]:
    """After the cut-off, given in seconds, half of the customers and products are new."""
    user, item = tastes(rng, 100, 60, 2000)
    days = days_of(rng, 2000)
    late = days > 150
    user, item = user + 50 * late, item + 30 * late
    cutoff = int((START + pd.Timedelta(days=150)).timestamp())
    told = events(folder, {"user_id": user, "product_id": item, "timestamp": at(days)})
    return [*told, "--cutoff", str(cutoff)]


def ratings(folder: Path, rng: np.random.Generator) -> list[str]:
    """Stars from 1 to 5, as an old CSR matrix of floats."""
    return pairs(folder, rng, csr_matrix, np.float64, lambda n: rng.integers(1, 6, n))


def flags(folder: Path, rng: np.random.Generator) -> list[str]:
    """Yes or no, as coordinates."""
    return pairs(folder, rng, coo_array, np.bool_, lambda n: np.ones(n))


def counts(folder: Path, rng: np.random.Generator) -> list[str]:
    """How often, as whole numbers by column; some customers bought nothing in train."""
    return pairs(folder, rng, csc_array, np.int64, lambda n: rng.geometric(0.3, n), empty=20)


def zeros(folder: Path, rng: np.random.Generator) -> list[str]:
    """Old coordinates, some of them twice, and zeros that are stored; nobody buys twice."""
    return pairs(folder, rng, coo_matrix, np.float32, lambda n: rng.integers(0, 3, n))


def again(folder: Path, rng: np.random.Generator) -> list[str]:
    """A matrix whose test holds pairs of train too."""
    return pairs(folder, rng, csr_array, np.int8, lambda n: np.ones(n), apart=False)


UNSEEN: dict[str, Callable[[Path, np.random.Generator], list[str]]] = {
    make.__name__: make
    for make in (
        *(tiny, tall, wide, without_times, with_returns, one_type, weekly, strangers),
        *(ratings, flags, counts, zeros, again),
    )
}
"""By name, what writes a log into a folder and gives the command's options for it."""


def days_of(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.uniform(0, 200, n)


def at(days: np.ndarray) -> pd.Series:
    return pd.Series(START + pd.to_timedelta(days, unit="D")).dt.floor("s")


def epoch(days: np.ndarray) -> np.ndarray:
    return (at(days).to_numpy().astype("datetime64[ms]")).astype(np.int64)


def events(folder: Path, columns: dict | pd.DataFrame) -> list[str]:
    path = folder / "events.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    return ["--events", str(path)]


def pairs(
    folder: Path,
    rng: np.random.Generator,
    kind: Callable,
    dtype: type,
    values: Callable[[int], np.ndarray],
    empty: int = 0,
    apart: bool = True,
) -> list[str]:
    users, items = 150, 90
    user, item = tastes(rng, users, items, 4000)
    held_out = rng.random(4000) < 0.2
    if apart:  # a pair is on one side only
        held_out = rng.random((users, items))[user, item] < 0.2
    train = ~held_out & (user >= empty)
    told = []
    for name, part in (("train", train), ("test", held_out)):
        data = np.asarray(values(int(part.sum()))).astype(dtype)
        matrix = coo_matrix((data, (user[part], item[part])), shape=(users, items), dtype=dtype)
        if kind not in (coo_array, coo_matrix):
            matrix = kind(matrix)
        save_npz(folder / f"{name}.npz", matrix if kind is coo_matrix else kind(matrix))
        told += [f"--{name}", str(folder / f"{name}.npz")]
    return told
