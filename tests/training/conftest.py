"""Small logs written by hand."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from training.events.log import EventLog

MakeLog = Callable[..., EventLog]

UNDOES = {"return": "purchase", "remove_from_cart": "cart"}
TYPES = (*UNDOES, "view", "cart", "purchase")


@pytest.fixture
def make_log() -> MakeLog:
    """Build a log of rows ``(user, product, event type, day)``; day 0 is 2024-01-01."""

    def build(rows: Sequence[tuple[str, str, str, float]], dated: bool = True) -> EventLog:
        frame = pd.DataFrame(rows, columns=["user_id", "product_id", "event_type", "day"])
        for name in ("user_id", "product_id"):
            frame[name] = pd.Categorical(frame[name], sorted(frame[name].unique()))
        types = [name for name in TYPES if name in set(frame["event_type"])]
        frame["event_type"] = pd.Categorical(frame["event_type"], types)
        days = frame.pop("day").to_numpy(np.float64)
        if dated:
            frame["timestamp"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D")
        return EventLog(frame, len(frame), undoes=UNDOES)

    return build
