"""What the main job says at its end: figures, three customers, and what to type next."""

import json
import shlex
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from model.recommender import Recommender
from model.sparse import best_positions
from training.evaluation.evaluate import BASELINES, OURS, Evaluation
from training.events.catalogue import titles_of
from training.insight.rolling import Origin
from training.intervals import verdict

SHOWN_METRICS = ("ndcg_at_10", "recall_at_10", "hit_rate_at_10")
SHOWN_PRODUCTS = 5

WORDS = {
    "better": "above",
    "worse": "below",
    "level": "level with",
    "not measured": "not measured against",
}
"""A verdict, before the name of what was compared with."""


def metrics_table(evaluation: Evaluation) -> str:
    """Ours and the baselines, mean with 95 % interval, one line a task and method."""
    lines = [
        {
            "task": task,
            "method": method,
            **{metric: str(evaluation.means[method, task, metric]) for metric in SHOWN_METRICS},
        }
        for task in evaluation.tasks()
        for method in (OURS, *BASELINES)
    ]
    return pd.DataFrame(lines).to_string(index=False)


def rolling_table(origins: Sequence[Origin]) -> list[str]:
    """NDCG@10 at every cut-off, one line a task and method; nothing unless more than one is."""
    if not origins:
        return []
    tasks = origins[-1].evaluation.tasks()
    lines = [
        {
            "task": task,
            "method": method,
            **{
                f"from {origin.cutoff:%Y-%m-%d}": str(
                    origin.evaluation.interval(method, task, SHOWN_METRICS[0])
                )
                for origin in origins
            },
        }
        for task in tasks
        for method in (OURS, *BASELINES)
    ]
    table = pd.DataFrame(lines).to_string(index=False)
    return [f"NDCG@10 at earlier cut-offs, each fitted on what came before it:\n{table}"]


def verdicts(evaluation: Evaluation) -> str:
    """Ours minus each baseline, on the same customers."""
    lines = []
    for (baseline, task, metric), gain in evaluation.gains.items():
        if metric == SHOWN_METRICS[0]:
            lines.append(f"  {task}: {WORDS[verdict(gain)]} {baseline} (difference {gain})")
    return "\n".join(lines)


def customers(recommender: Recommender, catalogue: pd.DataFrame | None) -> str:
    """Up to three customers, who bought little, some and much: what, and what is recommended."""
    bought = recommender.matrix.everybody().bought
    n_bought = np.diff(bought.indptr)
    by_size = np.argsort(n_bought, kind="stable")
    by_size = by_size[n_bought[by_size] > 0]
    quarters = np.array([1, 2, 3]) * (len(by_size) - 1) // 4
    chosen = by_size[np.unique(quarters[: len(by_size)])]
    return "\n".join(_customer(recommender, bought[[row]], row, catalogue) for row in chosen)


def _customer(
    recommender: Recommender, bought: csr_array, row: int, catalogue: pd.DataFrame | None
) -> str:
    user_id = recommender.matrix.users.ids_of([row])[0]
    most = bought.indices[best_positions(bought.data, bought.indices, SHOWN_PRODUCTS)]
    shown = {
        "bought": recommender.matrix.products.ids_of(most),
        "for_you": recommender.recommend(user_id, SHOWN_PRODUCTS),
        "discover": recommender.recommend(user_id, SHOWN_PRODUCTS, "discover"),
    }
    lines = [f"    {name:9}{' | '.join(titles_of(ids, catalogue))}" for name, ids in shown.items()]
    return "\n".join([f"  customer {user_id} bought {bought.nnz} products", *lines])


def next_commands(name: str, version: str, is_champion: bool, user_id: str) -> str:
    """Commands to paste."""
    alias = "champion" if is_champion else "challenger"
    uri = shlex.quote(f"models:/{name}@{alias}")
    request = {"user_id": user_id}
    one, many = (
        shlex.quote(json.dumps(body)) for body in (request, {"dataframe_records": [request]})
    )
    return "\n".join(
        [
            f"{name} version {version} is {alias}. Next:",
            "  uv run mlflow ui",
            f"  uv run mlflow run . -e serve --env-manager local -P model_uri={uri}",
            f"  curl -s localhost:8000/recommend -H 'Content-Type: application/json' -d {one}",
            f"  uv run mlflow models serve -m {uri} --env-manager local -p 5001",
            f"  curl -s localhost:5001/invocations -H 'Content-Type: application/json' -d {many}",
        ]
    )
