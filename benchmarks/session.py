"""What ``recent_products`` give: the rest of a basket, asked with and without its first products.

``python -m benchmarks.session [--dataset NAME] [--data DIR] [--looks 1] [--quick]``, one JSON line
a scenario and way of asking. Of every customer's first basket after the cut-off the first product
is what they look at, or the first few, and the others are the targets, NDCG@10. It is asked as that
customer and as a stranger, whom nothing is known of but what they look at. What is looked at is on
no list. ``by_taste`` is what looks give as part of a customer's history, without the baskets that
the products are in. ``difference`` is with minus without, ``of_baskets`` with minus ``by_taste``,
on the same baskets, with their 95 % bootstrap intervals.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.arguments import from_one
from benchmarks.datasets import DATASETS, AbsentError
from model.columns import BASKET_ID, PRODUCT_ID, USER_ID
from model.recommender import Recommender
from training.config import Knobs
from training.evaluation.metrics import ndcg
from training.events.log import EventLog
from training.intervals import intervals
from training.ranking.learn import trained_on
from training.relations import relations

K = 10
SCENARIOS = ("for_you", "discover")
MOST_BASKETS, QUICK_BASKETS = 5000, 200


@dataclass(frozen=True)
class Basket:
    """One visit after the cut-off: who looks at what, and what else they buy then."""

    user_id: str
    looked_at: tuple[str, ...]
    targets: frozenset[str]


def first_baskets(future: EventLog, looks: int = 1) -> list[Basket]:
    """Every customer's first basket of more products than looks, in the order of the customers."""
    bought = future.settled
    frame = bought.where(bought.is_purchase).frame[[USER_ID, BASKET_ID, PRODUCT_ID]]
    found: dict[str, Basket] = {}
    for (user_id, _), products in frame.groupby([USER_ID, BASKET_ID], observed=True, sort=False)[
        PRODUCT_ID
    ]:
        distinct = list(dict.fromkeys(products))
        if user_id not in found and len(distinct) > looks:
            looked_at, others = tuple(distinct[:looks]), frozenset(distinct[looks:])
            found[user_id] = Basket(user_id, looked_at, others)
    return [found[user_id] for user_id in sorted(found)]


def measure(model: Recommender, dataset: str, baskets: list[Basket]) -> Iterator[dict[str, Any]]:
    """One line a scenario and way of asking."""
    without_baskets = replace(model, relations={})
    for scenario in SCENARIOS:
        for asked_as in ("customer", "stranger"):
            asked = (baskets, scenario, asked_as == "customer")
            without = _ndcg(model, *asked, told=False)
            by_taste = _ndcg(without_baskets, *asked, told=True)
            with_it = _ndcg(model, *asked, told=True)
            figures = np.column_stack(
                (without, by_taste, with_it, with_it - without, with_it - by_taste)
            )
            *means, difference, of_baskets = intervals(figures, np.random.default_rng(0))
            named = zip(("ndcg_without", "ndcg_by_taste", "ndcg_with"), means, strict=True)
            yield {
                "dataset": dataset,
                "scenario": scenario,
                "asked_as": asked_as,
                "looks": len(baskets[0].looked_at),
                **{name: round(figure.mean, 4) for name, figure in named},
                "difference": round(difference.mean, 4),
                "ci_low": round(difference.low, 4),
                "ci_high": round(difference.high, 4),
                "of_baskets": round(of_baskets.mean, 4),
                "of_baskets_ci_low": round(of_baskets.low, 4),
                "of_baskets_ci_high": round(of_baskets.high, 4),
                "n_baskets": len(baskets),
            }


def _ndcg(
    model: Recommender, baskets: list[Basket], scenario: str, known: bool, told: bool
) -> NDArray[np.float64]:
    hits = np.zeros((len(baskets), K), bool)
    for row, basket in enumerate(baskets):
        recent = basket.looked_at if told else ()
        user_id, n_asked = basket.user_id if known else None, K + len(basket.looked_at)
        found = model.recommend(user_id, n_asked, scenario, recent_products=recent)
        shown = [product for product in found if product not in basket.looked_at][:K]
        hits[row, : len(shown)] = [product in basket.targets for product in shown]
    return ndcg(hits, np.array([len(basket.targets) for basket in baskets]), K)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.session",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    with_baskets = ("complete_journey", "online_retail", "tafeng")
    parser.add_argument("--dataset", choices=with_baskets, default="complete_journey")
    parser.add_argument("--data", type=Path, default=os.environ.get("BENCHMARK_DATA"))
    parser.add_argument("--looks", type=from_one, default=1, help="products of a basket looked at")
    parser.add_argument("--quick", action="store_true", help="few baskets, no trees")
    given = parser.parse_args(arguments)
    try:
        protocol = DATASETS[given.dataset](given.data)
    except AbsentError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    knobs = Knobs(second_stage="never" if given.quick else "auto")
    rng = np.random.default_rng(knobs.seed)
    past, cutoff = protocol.parts.past, protocol.parts.cutoff
    model = trained_on(past, cutoff, knobs, rng, protocol.test_days)
    model = replace(model, relations=relations(past, model, None, knobs))
    baskets = first_baskets(protocol.parts.future, given.looks)
    if not baskets:
        print(f"error: no basket has more than {given.looks} products", file=sys.stderr)
        return 2
    most = min(QUICK_BASKETS if given.quick else MOST_BASKETS, len(baskets))
    chosen = np.sort(np.random.default_rng(0).choice(len(baskets), most, replace=False))
    for line in measure(model, protocol.dataset, [baskets[place] for place in chosen]):
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
