"""What each ingredient of the ranking gives: NDCG@10 without it, one JSON line each.

    python -m benchmarks.ablation [--dataset NAME] [--data DIR] [--undated] [--seeds 2] [--quick]
    python -m benchmarks.ablation --lines FILE      what was printed, a Markdown table a data set

The test stays closed: ranking is learnt as a log would have it learnt that ended before its newest
window inside the past, and is judged on that window. Without an ingredient everything is learnt
anew. ``difference`` is the list with everything minus the list without the ingredient, on the same
customers, mean over the seeds, with the 95 % bootstrap interval over customers. ``histories`` are
``all``, or ``short``: those customers of at most ten products, whom a mean hardly shows.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets import DATASETS, AbsentError, Protocol
from benchmarks.markdown import cells, short
from benchmarks.variants import without_times_of_past
from model.candidates import LITTLE
from model.recommender import Recommender
from model.strategies import BuyAgain, Popular, SimilarItems
from training.config import Knobs
from training.errors import InputError
from training.evaluation.tasks import Task, tasks
from training.events.split import Split, learning_windows
from training.fit import fit, settled
from training.intervals import intervals
from training.ranking.examples import Examples, examples
from training.ranking.learn import MOST_LEARNING, learn_ranker, ndcg_of, tries_trees

QUICK_CUSTOMERS, QUICK_INGREDIENTS = 300, 3
NEVER_DAYS = 36_500
"""A half-life in which nothing fades."""

EVERYTHING = "nothing"
OF_GROUPS = "trees: what was done with its category and title"
GROUPS = {
    "trees: strategies' scores": ("score_",),
    "trees: facts of customer and product": ("pair_", "due", "share_of_most"),
    "trees: facts of the product": ("item_",),
    "trees: facts of the customer": ("customer_", "price_difference"),
    OF_GROUPS: ("recent_of_",),
}
"""Beginnings of the features that trees do without."""


@dataclass(frozen=True)
class Without:
    """The ranking without one ingredient: other strategies, fewer features or other knobs."""

    name: str
    edit: Callable[[Recommender], Recommender] = lambda recommender: recommender
    hidden: tuple[str, ...] = ()
    knobs: Knobs = Knobs()  # noqa: RUF009 (immutable)

    @property
    def fits_anew(self) -> bool:
        """Whether the strategies themselves are others."""
        return self.knobs.model_copy(update={"second_stage": Knobs().second_stage}) != Knobs()

    def seen(self, window: Split, fitted: Recommender, most: int, seed: int) -> dict[str, Examples]:
        """The window's examples of each scenario; the same customers whatever is left out."""
        asked = _asked(window, fitted, most, seed)
        found = examples(self.edit(fitted), asked) if asked else {}
        return {scenario: self._shown(shown) for scenario, shown in found.items()}

    def _shown(self, shown: Examples) -> Examples:
        kept = [
            place
            for place, name in enumerate(shown.names)
            if not name.startswith(self.hidden or "\0")
        ]
        names = [shown.names[place] for place in kept]
        return replace(shown, names=names, features=shown.features[:, kept])


def _asked(window: Split, fitted: Recommender, most: int, seed: int) -> list[Task]:
    rng = np.random.default_rng(seed)
    found = tasks(fitted.matrix, window.future)
    return [task.sample(most, rng) for task in found if len(task.user_rows)]


def _short_histories(window: Split, fitted: Recommender, most: int, seed: int) -> NDArray[np.bool_]:
    """Who of the customers asked, as in their examples, has at most ten products."""
    asked = [task.user_rows for task in _asked(window, fitted, most, seed)]
    rows = np.unique(np.concatenate([np.empty(0, np.int64), *asked]))
    return np.diff(fitted.matrix.weights.indptr)[rows] <= LITTLE


def ingredients(fitted: Recommender, dated: bool) -> list[Without]:
    """Everything, then everything but one."""
    found = [Without(EVERYTHING)]
    found += [Without(name, partial(_without_strategy, name=name)) for name in fitted.strategies]
    found += [
        Without("popular", _without_popular),
        Without("trend of products", _without_trend),
        Without("buyers who come back for a product", _without_rebuy),
    ]
    if dated:
        own = Knobs(half_life_days=NEVER_DAYS, recent_half_life_days=NEVER_DAYS)
        found.append(Without("age of a customer's own events", knobs=own))
        taste = Knobs(lasting_half_life_days=NEVER_DAYS)
        found.append(Without("age of what similarity learns from", knobs=taste))
    found.append(Without("trees", knobs=Knobs(second_stage="never")))
    found += [
        Without(name, hidden=starts)
        for name, starts in GROUPS.items()
        if fitted.items.groups or name != OF_GROUPS
    ]
    return found


def _without_strategy(recommender: Recommender, name: str) -> Recommender:
    left = {other: fitted for other, fitted in recommender.strategies.items() if other != name}
    return replace(recommender, strategies=left)


def _without_popular(recommender: Recommender) -> Recommender:
    return replace(recommender, popular=Popular.of(np.zeros(recommender.matrix.shape[1])))


def _without_trend(recommender: Recommender) -> Recommender:
    plain = {
        name: replace(fitted, trend=np.ones_like(fitted.trend))
        if isinstance(fitted, SimilarItems)
        else fitted
        for name, fitted in recommender.strategies.items()
    }
    return replace(recommender, strategies=plain)


def _without_rebuy(recommender: Recommender) -> Recommender:
    """Own purchases by weight alone, and no such fact for the trees."""
    ones = np.ones(recommender.matrix.shape[1], np.float32)
    strategies = {**recommender.strategies, "buy_again": BuyAgain(ones)}
    items = replace(recommender.items, rebuy=np.zeros_like(ones))
    return replace(recommender, strategies=strategies, items=items)


def ablate(
    protocol: Protocol, seeds: int, most: int, first: int | None = None
) -> Iterator[dict[str, Any]]:
    """Lines for each scenario and ingredient, or the first of them; ``most`` customers a window."""
    windows = _windows(protocol)
    with_all: dict[str, NDArray[np.float64]] = {}
    fitted = _fitted(windows, Knobs())
    short = _short_histories(windows[-1], fitted[-1], most, len(windows) - 1)
    for without in ingredients(fitted[-1], protocol.parts.cutoff is not None)[:first]:
        models = _fitted(windows, without.knobs) if without.fits_anew else fitted
        for scenario, values in _judged(without, windows, models, seeds, most).items():
            reference = with_all.setdefault(scenario, values)
            figures = np.column_stack((values, reference - values))
            for histories, of in {"all": figures, "short": figures[short]}.items():
                mean, difference = intervals(of, np.random.default_rng(0))
                yield {
                    "dataset": protocol.dataset,
                    "scenario": scenario,
                    "histories": histories,
                    "without": without.name,
                    "ndcg_at_10": round(mean.mean, 4),
                    "difference": round(difference.mean, 4),
                    "ci_low": round(difference.low, 4),
                    "ci_high": round(difference.high, 4),
                    "n_users": int((~np.isnan(of[:, 0])).sum()),
                    "seeds": seeds,
                }


def _windows(protocol: Protocol) -> list[Split]:
    """Those that ranking is learnt from, and last the one that it is judged on.

    Raises
    ------
    InputError
        If the past is too short.
    """
    rng = np.random.default_rng(0)
    inside = learning_windows(protocol.parts.past, rng, protocol.test_days)
    learnt_from = learning_windows(inside[-1].past, rng, protocol.test_days) if inside else []
    if not learnt_from:
        raise InputError("the past is too short for a window to judge on; allowed: a longer log")
    return [*learnt_from, inside[-1]]


def _fitted(windows: list[Split], knobs: Knobs) -> list[Recommender]:
    """Each window's strategies; the newest that is learnt from settles what its shape decides."""
    newest = fit(windows[-2].past, knobs, windows[-2].cutoff)
    shaped = settled(newest.matrix, knobs)
    others = [fit(window.past, shaped, window.cutoff) for window in (*windows[:-2], windows[-1])]
    return [*others[:-1], newest, others[-1]]


def _judged(
    without: Without, windows: list[Split], fitted: list[Recommender], seeds: int, most: int
) -> dict[str, NDArray[np.float64]]:
    """NDCG@10 of every customer of the last window, by scenario; the mean over the seeds."""
    seen = [
        without.seen(window, recommender, most, seed)
        for seed, (window, recommender) in enumerate(zip(windows, fitted, strict=True))
    ]
    with_trees = tries_trees(without.knobs, windows)
    found = {}
    for scenario, last in seen[-1].items():
        shown = [each[scenario] for each in seen[:-1] if scenario in each]
        values = [
            ndcg_of(
                learn_ranker(scenario, shown, np.random.default_rng(seed), with_trees).ranker,
                last,
            )
            for seed in range(seeds)
        ]
        found[scenario] = np.mean(values, axis=0)
    return found


FEWEST = 30
"""Customers that a column of a table has at least."""


def tables(lines: Iterable[Mapping[str, Any]]) -> str:
    """A table a data set, a row an ingredient: what it gives in each scenario."""
    by_dataset: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        by_dataset.setdefault(line["dataset"], []).append(line)
    return "\n\n".join(map(_table, by_dataset.values()))


def _table(lines: list[Mapping[str, Any]]) -> str:
    found: dict[str, dict[str, str]] = {}
    for line in lines:
        if line["n_users"] >= FEWEST:
            whose = "" if line["histories"] == "all" else f", at most {LITTLE} products"
            column = f"`{line['scenario']}`{whose}, {line['n_users']:,} customers"
            found.setdefault(line["without"], {})[column] = _cell(line)
    columns = list(dict.fromkeys(name for row in found.values() for name in row))
    rows = [[f"{lines[0]['dataset']} without", *columns], ["---"] * (len(columns) + 1)]
    rows += [[name, *(row.get(column, "") for column in columns)] for name, row in found.items()]
    return "\n".join(map(cells, rows))


def _cell(line: Mapping[str, Any]) -> str:
    """The figure with everything; else what is lost without the ingredient, 0 if it is not used."""
    if line["without"] == EVERYTHING:
        return short(line["ndcg_at_10"])
    if not (line["ci_low"] or line["ci_high"]):
        return "not used"
    told = f"{short(line['difference'])} [{short(line['ci_low'])}, {short(line['ci_high'])}]"
    return f"**{told}**" if line["ci_low"] > 0 or line["ci_high"] < 0 else told


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ablation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dataset", choices=DATASETS, default="complete_journey")
    parser.add_argument("--data", type=Path, default=os.environ.get("BENCHMARK_DATA"))
    parser.add_argument("--undated", action="store_true", help="forget the times of the past")
    parser.add_argument("--seeds", type=int, default=2, help="of learning; customers stay the same")
    parser.add_argument("--lines", type=Path, help="JSON lines to show; nothing is measured")
    parser.add_argument("--quick", action="store_true", help="few customers and ingredients")
    given = parser.parse_args(arguments)
    if given.lines:
        print(tables(map(json.loads, given.lines.read_text(encoding="utf-8").splitlines())))
        return 0
    try:
        protocol = DATASETS[given.dataset](given.data)
        if given.undated:
            protocol = without_times_of_past(protocol)
        size = (given.seeds, MOST_LEARNING, None)
        if given.quick:
            size = (1, QUICK_CUSTOMERS, QUICK_INGREDIENTS)
        for line in ablate(protocol, *size):
            print(json.dumps(line), flush=True)
    except (AbsentError, InputError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
