"""Plots of an evaluation, for MLflow's artifact view and for the report."""

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.figure import Figure

from model.matrix import UserItemMatrix
from training.insight.examine import Insight
from training.insight.plots import methods, over_time, reach, slices


@dataclass(frozen=True)
class Plot:
    """A figure, its file, and what a reader should see in it."""

    file: str
    title: str
    meaning: str
    figure: Figure


def plots(insight: Insight, matrix: UserItemMatrix) -> list[Plot]:
    """Every plot that there is something to draw for, in the order of the report.

    ``matrix`` is that of the past, which the lists were made from. Nothing where no task asks
    anybody.
    """
    if not insight.tasks():
        return []
    return [*_of_methods(insight), *_of_slices(insight, matrix), *_of_time(insight)]


def _of_methods(insight: Insight) -> Iterator[Plot]:
    yield Plot(
        "metrics_against_baselines.png",
        "Ours and the baselines",
        "Each bar is a mean over the same customers, the line its 95 % interval.",
        methods.against_baselines(insight),
    )
    yield Plot(
        "recall_by_k.png",
        "Recall by length of the list",
        "Which share of what customers went on to buy a list of 5, 10 or 20 products holds.",
        methods.by_k(insight, "recall"),
    )


def _of_slices(insight: Insight, matrix: UserItemMatrix) -> Iterator[Plot]:
    yield Plot(
        "ndcg_by_customers.png",
        "Customers by what was known of them",
        "How much history a customer needs before the lists become personal. Few customers (n) "
        "make wide intervals. Unknown customers count in no mean of the tasks.",
        slices.by_customers(insight),
    )
    if insight.slices_of("last_seen", insight.tasks()[0]):
        yield Plot(
            "ndcg_by_last_event.png",
            "Customers by how long they had been away",
            "How much the last days of history carry: NDCG by the days between a customer's "
            "latest event and the cut-off.",
            slices.by_last_event(insight),
        )
    yield Plot(
        "recall_by_products.png",
        "Products of the head, of the tail, and young ones",
        "Recall of the purchases that were of such products. Nobody's purchases speak for what "
        "was never sold before.",
        slices.by_products(insight),
    )
    yield Plot(
        "long_tail.png",
        "How much of the range is shown",
        "A line that rises at once gives all places to a few products; the dotted diagonal would "
        "give every product the same.",
        reach.long_tail(insight, matrix),
    )


def _of_time(insight: Insight) -> Iterator[Plot]:
    if insight.half_lives is not None:
        yield Plot(
            "half_life.png",
            "How fast the past should fade",
            "Own products bought again (buy_again) with other half-lives, inside the past: a flat "
            "curve means the setting matters little. The test window is not looked at.",
            over_time.half_lives(insight.half_lives),
        )
    if insight.origins:
        yield Plot(
            "rolling_origins.png",
            "The same judgement at earlier moments",
            "Each point is a model fitted on everything before that day and judged on the window "
            "after it; the last is this run's test window.",
            over_time.rolling(insight.origins),
        )
