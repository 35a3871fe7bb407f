"""The methods compared: what ships, its parts alone, and other libraries' models."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.datasets import Protocol
from benchmarks.quality.answers import Answer, Method
from benchmarks.quality.peers import PEERS
from model.rankers import Blend
from model.recommender import Lists, Recommender
from model.scenarios import SCENARIOS
from model.strategies import BuyAgain, Popular, SimilarItems, Strategy
from training.config import Knobs
from training.evaluation.evaluate import popular_lists, served_lists
from training.evaluation.tasks import Task
from training.events.split import learning_windows
from training.fit import bought_again, comparable, fit, similar_customers, trend_of
from training.matrix.items import item_facts
from training.matrix.user_item import decayed_sales
from training.ranking.learn import learn_rankers, ranked_by
from training.similarity import KERNELS, similarity_for

logger = logging.getLogger("benchmarks")


def ours(protocol: Protocol, knobs: Knobs) -> Answer:
    """What the main job judges: ranking learnt inside the past, strategies fitted on the past."""
    rng = np.random.default_rng(knobs.seed)
    past = protocol.parts.past
    windows = learning_windows(past, rng, protocol.test_days)
    learnt = learn_rankers(windows, knobs, rng)
    for scenario, found in learnt.by_scenario.items():
        ranker = type(found.ranker).__name__
        logger.info("%s: %s, trees gain %s", scenario, ranker, found.gain_of_trees)
    return partial(served, ranked_by(fit(past, learnt.knobs, protocol.parts.cutoff), learnt))


def served(recommender: Recommender, tasks: list[Task]) -> list[Lists]:
    """Each task's scenario as it is served."""
    found = served_lists(recommender, tasks)
    return [lists[task.scenario] for task, lists in zip(tasks, found, strict=True)]


def alone(protocol: Protocol, strategy: Callable[[Recommender, Knobs], Strategy]) -> Recommender:
    """One strategy, whose order nothing else changes; popular products fill short lists."""
    knobs, cutoff = Knobs(), protocol.parts.cutoff
    matrix = protocol.matrix
    popular = Popular.of(decayed_sales(protocol.parts.past, knobs.trend_half_life_days, cutoff))
    only = {name: Blend(np.array([1, 0], np.float32)) for name in SCENARIOS}
    items = item_facts(protocol.parts.past, matrix, cutoff)
    empty = Recommender(matrix, items, {}, popular, only)
    return replace(empty, strategies={"alone": strategy(empty, knobs)})


def as_served(protocol: Protocol, strategy: Callable[[Recommender, Knobs], Strategy]) -> Answer:
    """The lists of one strategy."""
    return partial(served, alone(protocol, strategy))


def bare(protocol: Protocol) -> Recommender:
    """What is bought again and what is popular, without anything learnt."""
    return alone(protocol, lambda made, knobs: BuyAgain(bought_again(made.items.rebuy)))


def popular(protocol: Protocol) -> Answer:
    """What everybody bought lately."""
    recommender = bare(protocol)
    return lambda tasks: [popular_lists(recommender, task) for task in tasks]


def buy_again(protocol: Protocol) -> Answer:
    """What is bought again, and nothing else: no hits by definition in ``new``."""
    recommender = bare(protocol)
    return lambda tasks: [lists["buy_again"] for lists in served_lists(recommender, tasks)]


def item_knn(recommender: Recommender, knobs: Knobs) -> Strategy:
    """Cosine between products, without the trend."""
    taste = comparable(recommender.matrix.everybody().lasting, knobs.min_customers)
    kernel = KERNELS["cosine"].with_k(knobs.k).fit(taste)
    return SimilarItems(kernel.similarity_, np.ones(taste.shape[1], np.float32))


def user_knn(recommender: Recommender, knobs: Knobs) -> Strategy:
    """What similar customers bought for the first time lately."""
    everybody = recommender.matrix.everybody()
    taste = comparable(everybody.lasting, knobs.min_customers)
    return similar_customers(everybody, taste, knobs)


def regression(recommender: Recommender, knobs: Knobs, dated: bool) -> Strategy:
    """What ships as `similar_items`: regression between products, with the trend."""
    everybody = recommender.matrix.everybody()
    taste = comparable(everybody.lasting, knobs.min_customers)
    near = similarity_for(taste, knobs, dated).fit(taste).similarity_
    return SimilarItems(near, trend_of(everybody, knobs))


METHODS: Mapping[str, Method] = {
    "popular": popular,
    "buy_again": buy_again,
    "item_knn": partial(as_served, strategy=item_knn),
    "user_knn": partial(as_served, strategy=user_knn),
    "ridge": lambda protocol: as_served(
        protocol, partial(regression, dated=protocol.parts.cutoff is not None)
    ),
    "blend": partial(ours, knobs=Knobs(second_stage="never")),
    "ours": partial(ours, knobs=Knobs()),
    **PEERS,
}
"""Every method by the name that ``--methods`` takes."""
