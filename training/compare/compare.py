"""Compare two models and log the result: a page for people, JSON for programs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from training import pages
from training.compare import products
from training.compare.figures import figures
from training.compare.lists import Shown, overlaps, shown
from training.compare.sides import Side, catalogue_beside, side
from training.config import CompareConfig, MainConfig
from training.errors import InputError
from training.events.catalogue import titles_of
from training.gate.decision import without_nan
from training.runs import tracking

SCENARIOS = ("for_you", "discover")
SAMPLE_CUSTOMERS = 20
BOUGHT_SHOWN = 10
PAGE = "compare/compare.html"
DATA = "compare/compare.json"


def compare(config: CompareConfig) -> str:
    """Log a run with ``compare.html`` and ``compare.json``; returns a short account."""
    with tracking.run(config, f"compare {config.left} with {config.right}") as run:
        left = side(config.registered_model, config.left)
        right = side(config.registered_model, config.right)
        content = comparison(config, left, right, catalogue_beside(left.params, config.catalogue))
        mlflow.log_dict(content, DATA)
        mlflow.log_text(pages.render("compare.html", **content), PAGE)
        mlflow.log_metrics(
            {
                f"{scenario}/{name}": part["overlaps"][0][name]
                for scenario, part in content["scenarios"].items()
                for name in ("overlap_at_10", "rank_biased_overlap")
            }
        )
    return _account(content, run.info.run_id)


def comparison(
    config: CompareConfig, left: Side, right: Side, catalogue: pd.DataFrame | None
) -> dict[str, Any]:
    """Everything the page shows.

    Raises
    ------
    InputError
        If the two models have no customer in common.
    """
    rng = np.random.default_rng(config.seed)
    found = {
        name: shown(left.recommender, right.recommender, name, config.customers, rng)
        for name in SCENARIOS
    }
    if not found[SCENARIOS[0]].user_ids:
        raise InputError(f"{left.label} and {right.label} have no customer in common")
    content = {
        "left": _told(left),
        "right": _told(right),
        "settings": _differing(left.params, right.params),
        "figures": [asdict(figure) for figure in figures(left, right, rng)],
        "scenarios": {name: _scenario(lists, catalogue) for name, lists in found.items()},
        "customers": _customers(found[SCENARIOS[0]], left, catalogue, rng),
    }
    return without_nan(content)


def _told(side: Side) -> dict[str, Any]:
    names = (tracking.FIRST, tracking.LAST, "data_events", tracking.DATA_HASH, "test_from")
    return {"label": side.label, **{name: side.tags.get(name, "") for name in names}}


def _differing(left: Mapping[str, str], right: Mapping[str, str]) -> list[dict[str, str]]:
    names = sorted(left.keys() | right.keys())
    pairs = [(name, left.get(name, "not set"), right.get(name, "not set")) for name in names]
    return [
        {"name": n, "meaning": _meaning(n), "left": one, "right": other}
        for n, one, other in pairs
        if one != other
    ]


def _meaning(name: str) -> str:
    """What a setting is, in the words of ``--help``; empty for one that is not known any more."""
    field = MainConfig.model_fields.get(name)
    return (field.description or "") if field else ""


def _scenario(found: Shown, catalogue: pd.DataFrame | None) -> dict[str, Any]:
    table = products.exposures(found)
    return {
        "overlaps": overlaps(found),
        "products": products.catalogue_shares(table),
        "newly_shown": products.winners(table, catalogue),
        "newly_buried": products.losers(table, catalogue),
        "price": products.price_shift(table, catalogue),
        "categories": products.category_shift(table, catalogue),
    }


def _customers(
    found: Shown, left: Side, catalogue: pd.DataFrame | None, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Sampled customers: what they bought or viewed most, and both lists."""
    n = min(SAMPLE_CUSTOMERS, len(found.user_ids))
    chosen = np.sort(rng.choice(len(found.user_ids), n, replace=False))
    return [_customer(found, int(row), left, catalogue) for row in chosen]


def _customer(found: Shown, row: int, left: Side, catalogue: pd.DataFrame | None) -> dict[str, Any]:
    history = left.recommender.matrix.of(found.user_ids[row])
    lists = {
        name: found.products.ids_of(rows[row][rows[row] >= 0])
        for name, rows in (("left", found.left), ("right", found.right))
    }
    named = {
        name: [
            {"title": title, "product_id": id_}
            for title, id_ in zip(titles_of(ids, catalogue), ids, strict=True)
        ]
        for name, ids in {"history": list(history.index[:BOUGHT_SHOWN]), **lists}.items()
    }
    only = {
        f"only_{name}": sorted(set(ids) - set(other))
        for name, ids, other in (
            ("left", lists["left"], lists["right"]),
            ("right", lists["right"], lists["left"]),
        )
    }
    return {"user_id": found.user_ids[row], "products": len(history), **named, **only}


def _account(content: Mapping[str, Any], run_id: str) -> str:
    words = {f["verdict"] for f in content["figures"] if f["metric"] == "ndcg_at_10"}
    shares = content["scenarios"]["for_you"]["overlaps"][0]
    return (
        f"{content['right']['label']} against {content['left']['label']}: ndcg_at_10 is "
        f"{', '.join(sorted(words))}; on average they share {shares['overlap_at_10']:.0%} of a "
        f"customer's ten products.\nThe page: {PAGE} of run {run_id}, or\n"
        f"  uv run mlflow artifacts download -r {run_id} -a {PAGE} -d ."
    )
