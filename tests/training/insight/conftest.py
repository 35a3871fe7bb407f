"""The small shop, judged on its last weeks."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from model.recommender import Recommender
from training.config import Knobs, MainConfig
from training.evaluation.evaluate import Evaluation, evaluate
from training.evaluation.tasks import judged_tasks
from training.events.log import EventLog
from training.events.split import Split, learning_windows, split
from training.fit import fit
from training.insight.examine import Insight, examine


@dataclass(frozen=True)
class JudgedShop:
    """The small shop's split, the model of its past and what was found."""

    parts: Split
    windows: list[Split]
    model: Recommender
    evaluation: Evaluation
    insight: Insight


@pytest.fixture(scope="session")
def priced_log(shop_log: EventLog) -> EventLog:
    """The small shop with a price of 1 to 12 for every product, by its number."""
    price = (shop_log.item_rows % 12 + 1).astype(np.float32)
    return EventLog(shop_log.frame.assign(value=price), shop_log.n_read)


@pytest.fixture(scope="session")
def catalogue(shop_log: EventLog) -> pd.DataFrame:
    """Each of the shop's four tastes is a category."""
    ids = shop_log.products.ids_of(np.arange(len(shop_log.products)))
    return pd.DataFrame({"category": [f"taste {int(id_[1:]) // 12}" for id_ in ids]}, ids)


@pytest.fixture(scope="session")
def judged_shop(priced_log: EventLog, knobs: Knobs, catalogue: pd.DataFrame) -> JudgedShop:
    rng = np.random.default_rng(0)
    parts = split(priced_log, rng)
    windows = learning_windows(parts.past, rng)
    model = fit(parts.past, knobs, parts.cutoff)
    evaluation = evaluate(model, judged_tasks(model.matrix, parts.future), rng)
    config = MainConfig(origins=3, second_stage="never")
    insight = examine(evaluation, model, parts, windows, config, catalogue)
    return JudgedShop(parts, windows, model, evaluation, insight)
