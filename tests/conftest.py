"""A small seeded shop that every test may use: tastes, repeat purchases, views before purchases."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from model.recommender import Recommender
from training.config import Knobs
from training.events.log import EventLog
from training.events.read import read_events
from training.fit import fit
from training.matrix.user_item import end_of

# Machines are shared, and the first call of a kernel compiles it: no example is timed.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
PARTS = ("MLproject", "conda.yaml", "requirements.txt", "requirements", "model", "training")

N_CUSTOMERS, N_PRODUCTS, N_TASTES, N_DAYS = 80, 48, 4, 120


def shop_frame(seed: int = 0) -> pd.DataFrame:
    """Events of 80 customers in 4 tastes; each taste has its 12 products, some loved more."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(N_CUSTOMERS):
        taste = customer % N_TASTES
        favourites = taste * 12 + rng.choice(12, 4, replace=False)
        for _ in range(int(rng.integers(6, 30))):
            own = rng.random() < 0.6
            product = (
                rng.choice(favourites) if own else taste * 12 + min(11, rng.geometric(0.3) - 1)
            )
            day = float(rng.uniform(0, N_DAYS))
            kind = rng.choice(["view", "cart", "purchase"], p=[0.4, 0.1, 0.5])
            rows.append((f"{customer:03d}", f"p{product:02d}", kind, day))
    frame = pd.DataFrame(rows, columns=["user_id", "product_id", "event_type", "day"])
    frame["timestamp"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame.pop("day"), unit="D")
    return frame.sort_values("timestamp", ignore_index=True)


def copied_to(folder: Path) -> Path:
    """The project's own files, where a command may leave its exports, runs and stores.

    What Python and numba have compiled is copied, too.
    """
    for part in PARTS:
        if (ROOT / part).is_dir():
            leftovers = shutil.ignore_patterns("*.pkl", "*.tmp")
            shutil.copytree(ROOT / part, folder / part, ignore=leftovers)
        else:
            shutil.copy2(ROOT / part, folder / part)
    return folder


def without_plots(*_: object) -> list[object]:
    """Nothing is drawn: plots have their own tests, and are half of a small shop's training."""
    return []


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project for commands that export: they must not write over a shop's own."""
    return copied_to(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def shop_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop's log as a CSV file."""
    path = tmp_path_factory.mktemp("shop") / "events.csv"
    shop_frame().to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def knobs() -> Knobs:
    return Knobs(low_pass_vectors=16)  # half as many as would suit the shop


@pytest.fixture(scope="session")
def shop_log(shop_csv: Path, knobs: Knobs) -> EventLog:
    return read_events(str(shop_csv), knobs.event_weights)


@pytest.fixture(scope="session")
def recommender(shop_log: EventLog, knobs: Knobs) -> Recommender:
    """Fitted on the whole shop, without stored lists."""
    return fit(shop_log, knobs, end_of(shop_log))
