"""What the main job says at its end: figures, three customers, and what to type next."""

import numpy as np
import pandas as pd

from model.recommender import Recommender
from training.evaluation.evaluate import BASELINES, OURS, Evaluation
from training.events.catalogue import titles_of

SHOWN_METRICS = ("ndcg_at_10", "recall_at_10", "hit_rate_at_10")
SHOWN_PRODUCTS = 5


def metrics_table(evaluation: Evaluation) -> str:
    """Ours and the baselines, mean with 95 % interval, one line a task and method."""
    lines = [
        {
            "task": task,
            "method": method,
            **{metric: str(evaluation.means[method, task, metric]) for metric in SHOWN_METRICS},
        }
        for task in dict.fromkeys(j.task.name for j in evaluation.judged)
        for method in (OURS, *BASELINES)
    ]
    return pd.DataFrame(lines).to_string(index=False)


def verdicts(evaluation: Evaluation) -> str:
    """Ours minus each baseline, on the same customers."""
    lines = []
    for (baseline, task, metric), gain in evaluation.gains.items():
        if metric == SHOWN_METRICS[0]:
            word = "above" if gain.low > 0 else "below" if gain.high < 0 else "level with"
            lines.append(f"  {task}: {word} {baseline} (difference {gain})")
    return "\n".join(lines)


def customers(recommender: Recommender, catalogue: pd.DataFrame | None) -> str:
    """Three customers of different size: what they bought most, what is recommended."""
    matrix = recommender.matrix
    sizes = np.diff(matrix.weights.indptr)
    by_size = np.argsort(sizes, kind="stable")
    chosen = by_size[np.quantile(np.arange(len(by_size)), [0.25, 0.5, 0.75]).astype(int)]
    return "\n".join(_customer(recommender, row, catalogue) for row in chosen)


def _customer(recommender: Recommender, row: int, catalogue: pd.DataFrame | None) -> str:
    user_id = recommender.matrix.users.ids_of([row])[0]
    history = recommender.matrix.of(user_id)
    shown = {
        "bought": list(history.index[:SHOWN_PRODUCTS]),
        "for_you": recommender.recommend(user_id, SHOWN_PRODUCTS),
        "discover": recommender.recommend(user_id, SHOWN_PRODUCTS, "discover"),
    }
    lines = [f"    {name:9}{' | '.join(titles_of(ids, catalogue))}" for name, ids in shown.items()]
    return "\n".join([f"  customer {user_id} ({len(history)} products)", *lines])


def next_commands(name: str, version: str, is_champion: bool, user_id: str) -> str:
    """Commands to paste."""
    alias = "champion" if is_champion else "challenger"
    uri = f"models:/{name}@{alias}"
    body = f'{{"user_id": "{user_id}"}}'
    return "\n".join(
        [
            f"{name} version {version} is {alias}. Next:",
            "  uv run mlflow ui",
            f"  uv run mlflow run . -e serve --env-manager local -P model_uri={uri}",
            f"  curl -s localhost:8000/recommend -H 'Content-Type: application/json' -d '{body}'",
            f"  uv run mlflow models serve -m {uri} --env-manager local -p 5001",
            "  curl -s localhost:5001/invocations -H 'Content-Type: application/json' "
            f"-d '{{\"dataframe_records\": [{body}]}}'",
        ]
    )
