"""How often the gate decides right on real data, and what it costs; one JSON line a decision.

``python -m benchmarks.gate [--data DIR] [--seeds 20] [--share 0.5]``. Three challengers on UCI
Online Retail, each against a champion on the same random half of the customers, drawn anew for
every seed:

- better: today's defaults against a weak configuration (right: promote),
- equal: today's defaults with another seed (right: promote, for it is not worse),
- worse: the weak configuration against today's defaults (right: refuse).
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.config import MainConfig
from training.evaluation.evaluate import evaluate
from training.evaluation.tasks import judged_tasks
from training.events.catalogue import catalogue_of, grouped
from training.events.fingerprint import fingerprint
from training.events.log import EventLog
from training.events.read import read_events
from training.events.sample import Source
from training.events.split import split
from training.gate.configuration import read_back
from training.gate.decide import Challenger, decide
from training.gate.decision import Decision
from training.ranking.learn import trained_on
from training.runs.tracking import params_of

WEAK = {
    "half_life_days": 2,
    "recent_half_life_days": 2,
    "lasting_half_life_days": 2,
    "neighbours": 5,
    "k": 5,
}
"""A hasty hour's settings: tastes are forgotten within days, and few neighbours are asked."""

QUICK = {"second_stage": "never", "max_latency_ms": 60_000}
OTHER_SEED = 1000
RIGHT = {"better": True, "equal": True, "worse": False}


def configurations(case: str, seed: int) -> tuple[MainConfig, MainConfig]:
    """Challenger and champion of a case."""
    strong = MainConfig(seed=seed, **QUICK)
    weak = MainConfig(seed=seed, **QUICK, **WEAK)
    other = MainConfig(seed=seed + OTHER_SEED, **QUICK)
    return {"better": (strong, weak), "equal": (other, strong), "worse": (weak, strong)}[case]


def half(log: EventLog, share: float, seed: int) -> EventLog:
    """The events of a random share of the customers."""
    chosen = np.random.default_rng(seed).random(len(log.users)) < share
    return log.where(chosen[log.user_rows])


def challenger_of(config: MainConfig, log: EventLog, source: Source) -> Challenger:
    """Train as the main job does, up to the gate; what is shipped is what was judged."""
    rng = np.random.default_rng(config.seed)
    parts = split(log, rng)
    judged = trained_on(parts.past, parts.cutoff, config, rng)
    evaluation = evaluate(judged, judged_tasks(judged.matrix, parts.future), rng)
    return Challenger(config, source, fingerprint(log), parts, evaluation, judged, judged)


def decisions(source: Source, share: float, seeds: int) -> Iterator[dict[str, object]]:
    weights = MainConfig().event_weights
    log = read_events(source.events, weights, source.event_columns)
    log = grouped(log, catalogue_of(source))
    for seed in range(seeds):
        sampled = half(log, share, seed)
        for case in RIGHT:
            config, champion = configurations(case, seed)
            started = time.perf_counter()
            challenger = challenger_of(config, sampled, source)
            trained = time.perf_counter()
            rival = read_back("1", params_of(champion))
            decision = decide(challenger, "2", "1", rival, None, [])
            yield {
                "case": case,
                "seed": seed,
                **told(case, decision),
                "training_s": round(trained - started, 2),
                "gate_s": round(time.perf_counter() - trained, 2),
            }


def told(case: str, decision: Decision) -> dict[str, object]:
    gains = {
        c.task: c.difference
        for c in decision.comparisons
        if (c.rival, c.metric) == ("champion", "ndcg_at_10")
    }
    return {
        "promoted": decision.promoted,
        "right": decision.promoted == RIGHT[case],
        "failed": {c.name: c.found for c in decision.checks if not c.passed},
        "all_ndcg_difference": round(gains["all"].mean, 4),
        "all_ndcg_low": round(gains["all"].low, 4),
        "all_ndcg_high": round(gains["all"].high, 4),
    }


def summaries(lines: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    for case in RIGHT:
        own = [line for line in lines if line["case"] == case]
        gate = [float(str(line["gate_s"])) for line in own]
        yield {
            "case": case,
            "decisions": len(own),
            "right": sum(bool(line["right"]) for line in own),
            "median_gate_s": round(float(np.median(gate)), 2),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("BENCHMARK_DATA"))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--share", type=float, default=0.5)
    given = parser.parse_args()
    path = Path(given.data or "", "online_retail", "online_retail.parquet")
    if given.data is None or not path.exists():
        sys.exit(f"{path} is absent: give its folder as --data DIR or in BENCHMARK_DATA")
    lines = []
    for line in decisions(Source(str(path), None), given.share, given.seeds):
        print(json.dumps(line), flush=True)
        lines.append(line)
    for line in summaries(lines):
        print(json.dumps(line))


if __name__ == "__main__":
    main()
