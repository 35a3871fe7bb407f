"""The gate: challenger, champion and baselines on the same customers and the same test window."""

from dataclasses import dataclass

import numpy as np

from model.columns import DEFAULT_K
from model.recommender import Recommender
from training.config import MainConfig
from training.evaluation.evaluate import BASELINES, OURS, Evaluation, Judged, summary
from training.evaluation.tasks import LEAST_JUDGED
from training.events.fingerprint import Fingerprint
from training.events.sample import Source
from training.events.split import Split
from training.gate import rails
from training.gate.champions_log import ChampionsLog
from training.gate.configuration import LoggedConfiguration
from training.gate.decision import Check, Comparison, Decision
from training.gate.rival import CHAMPION, judge_rival
from training.insight import beyond
from training.intervals import joint_level, mean_of

BASELINE_METRIC = "ndcg_at_10"
ALL_METRICS = ("ndcg_at_10", "recall_at_10", "hit_rate_at_10", "map_at_10")


@dataclass(frozen=True)
class Challenger:
    """A trained model that wants to answer, and what it was made of.

    Attributes
    ----------
    found : Fingerprint
        The identity of the events.
    judged : Recommender
        As fitted on the past, which gave the evaluation.
    shipped : Recommender
        As it would answer: refitted on everything.
    """

    config: MainConfig
    source: Source
    found: Fingerprint
    parts: Split
    evaluation: Evaluation
    judged: Recommender
    shipped: Recommender


def decide(
    challenger: Challenger,
    version: str,
    champion: str | None,
    rival: LoggedConfiguration | None,
    trained_on: ChampionsLog | None,
    notes: list[str],
) -> Decision:
    """Compare, check the guard rails, and say whether the challenger may answer.

    ``rival`` is the champion's configuration; None where there is no champion, or it cannot be
    refitted (``notes`` say why), which is a reason to refuse. ``trained_on`` is the champion's log,
    None where its model cannot be read.
    """
    config, rng = challenger.config, np.random.default_rng(challenger.config.seed)
    judged = challenger.evaluation.judged + _rival_judged(challenger, rival)
    evaluation = summary(judged, rng)
    return Decision(
        version,
        champion,
        config.promote,
        config.promote_reason,
        [
            _judged_at_all(judged),
            *_same_shop(challenger, trained_on),
            *_primary(evaluation, config.gate_metric, champion, rival),
            *_against_baselines(evaluation),
            *_slices(evaluation, challenger, CHAMPION if rival else "popular", rng),
            rails.discover_check(challenger.shipped, rng),
            rails.variety_check(challenger.shipped, rng),
            rails.latency_check(challenger.shipped, config.max_latency_ms, rng),
        ],
        comparisons(evaluation),
        notes + (_notes(rival, config) if rival else []),
        _asked(judged),
    )


def _judged_at_all(judged: list[Judged]) -> Check:
    """Enough bought before the test window and in it, or next to nothing is known.

    A single event that is dated long after all others leaves a test window of its own.
    """
    n_customers = max(len(j.per_user) for j in judged)
    return Check(
        "customers judged",
        n_customers >= LEAST_JUDGED,
        str(n_customers),
        f"at least {LEAST_JUDGED}",
    )


def _same_shop(challenger: Challenger, trained_on: ChampionsLog | None) -> list[Check]:
    """The log is not a broken export, held against the champion's."""
    if trained_on is None:
        return []
    floor = challenger.config.log_floor
    success = challenger.parts.past.target_event
    return trained_on.checks(challenger.shipped.matrix, challenger.found, success, floor)


def _rival_judged(challenger: Challenger, rival: LoggedConfiguration | None) -> list[Judged]:
    """The rival's lists; the challenger's own where the configuration is the same."""
    c = challenger
    if rival is None:
        return []
    if rival.differs_from(c.config):
        return judge_rival(rival, c.config, c.source, c.parts, c.evaluation)
    ours = [j for j in c.evaluation.judged if j.method == OURS]
    return [Judged(j.task, CHAMPION, j.lists, j.per_user) for j in ours]


def _notes(rival: LoggedConfiguration, config: MainConfig) -> list[str]:
    differing = rival.differs_from(config)
    notes = [
        f"configuration differs from champion {rival.version} in: {', '.join(differing)}"
        if differing
        else f"same configuration as champion {rival.version}: only the data is newer, and on one "
        "window both give the same lists"
    ]
    if rival.missing:
        notes.append(
            f"champion {rival.version} was trained before these settings existed; today's "
            f"defaults stand in: {', '.join(rival.missing)}"
        )
    return notes


def comparisons(evaluation: Evaluation) -> list[Comparison]:
    """Ours against every other method, on the metrics a decision shows."""
    return [
        Comparison(
            rival,
            task,
            metric,
            evaluation.means[OURS, task, metric],
            evaluation.means[rival, task, metric],
            difference,
        )
        for (rival, task, metric), difference in evaluation.gains.items()
        if metric in ALL_METRICS
    ]


def _primary(
    evaluation: Evaluation,
    gate_metric: str,
    champion: str | None,
    rival: LoggedConfiguration | None,
) -> list[Check]:
    """The metric that decides is not worse than the champion's, outside its interval."""
    if champion is None:
        return []
    name = f"{gate_metric} against champion {champion}"
    if rival is None:
        return [Check(name, False, "champion could not be refitted", "a comparison")]
    task, metric = gate_metric.split("/")
    gain = evaluation.gains[CHAMPION, task, metric]
    return [rails.not_below(name, gain, _asked(evaluation.judged)[task])]


def _asked(judged: list[Judged]) -> dict[str, int]:
    """How many customers each task asks."""
    return {j.task.name: len(j.per_user) for j in judged}


def _against_baselines(evaluation: Evaluation) -> list[Check]:
    asked = _asked(evaluation.judged)
    return [
        rails.not_below(f"{BASELINE_METRIC} of {task} against {baseline}", gain, asked[task])
        for (baseline, task, metric), gain in evaluation.gains.items()
        if baseline in BASELINES and metric == BASELINE_METRIC
    ]


def _slices(
    evaluation: Evaluation, challenger: Challenger, rival: str, rng: np.random.Generator
) -> list[Check]:
    """Cold customers, coverage and popularity, per task, against one other method."""
    config, matrix = challenger.config, challenger.judged.matrix
    buyers, n_customers = beyond.buyers(matrix), len(beyond.customers(matrix))
    by_method = {(j.method, j.task.name): j for j in evaluation.judged}
    checks = []
    asked = evaluation.tasks()
    level = joint_level(len(asked))
    for task in asked:
        ours, other = by_method[OURS, task], by_method[rival, task]
        wide, wide_other = (beyond.coverage(j.lists, buyers, DEFAULT_K) for j in (ours, other))
        known, known_other = (
            mean_of(beyond.popularity(j.lists, buyers, n_customers, DEFAULT_K))
            for j in (ours, other)
        )
        checks.append(rails.cold_check(ours, other, matrix, BASELINE_METRIC, level, rng))
        checks += [
            rails.if_enough(len(ours.per_user), check)
            for check in (
                rails.coverage_check(task, wide, wide_other, rival, config.coverage_floor),
                rails.popularity_check(task, known, known_other, rival, config.popularity_ceiling),
            )
        ]
    return checks
