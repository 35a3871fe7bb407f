"""The JSON lines of `benchmarks.quality` as Markdown: what matters of every data set, then all.

python -m benchmarks.quality.tables docs/quality.jsonl
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.markdown import cells, short
from benchmarks.quality.peers import PEERS
from training.evaluation.evaluate import BASELINES

Line = Mapping[str, Any]


def tables(lines: Iterable[Line]) -> str:
    """One table a data set, in the order of the lines; of a repeated measurement, the last counts.

    Rows are sorted by NDCG of the first task, best first; what was skipped comes last.
    """
    return "\n\n".join(_table(*each) for each in _by_dataset(lines).items())


def summary(lines: Iterable[Line]) -> str:
    """NDCG of every data set and task: ours, the best baseline, the best peer; the best is bold."""
    table = [["data set, task", "ours", "best baseline", "best peer"], ["---"] * 4]
    for dataset, methods in _by_dataset(lines).items():
        for task in methods.get("ours", {}):
            found = {name: of[task] for name, of in methods.items() if task in of}
            best = [_best(found, names) for names in (["ours"], BASELINES, PEERS)]
            highest = max(_main(found[name]) for name in best if name)
            summed = [_summed(found, name, highest) for name in best]
            table.append([f"{dataset}, `{task}`", *summed])
    return "\n".join(map(cells, table))


def _by_dataset(lines: Iterable[Line]) -> dict[str, dict[str, dict[str, Line]]]:
    """Data set -> method -> task -> line."""
    by_dataset: dict[str, dict[str, dict[str, Line]]] = {}
    for line in lines:
        methods = by_dataset.setdefault(line["dataset"], {})
        methods.setdefault(line["method"], {})[line.get("task", "skipped")] = line
    return by_dataset


def _best(found: Mapping[str, Line], names: Iterable[str]) -> str:
    """The best of some methods; nothing where none was measured."""
    measured = sorted(name for name in names if name in found)
    return max(measured, key=lambda name: _main(found[name]), default="")


def _summed(found: Mapping[str, Line], name: str, highest: float) -> str:
    if not name:
        return "not measured"
    shown = _interval(found[name])
    shown = f"**{shown}**" if _main(found[name]) == highest else shown
    return shown if name == "ours" else f"{shown} {name}"


def _table(dataset: str, methods: Mapping[str, Mapping[str, Line]]) -> str:
    measured = {name: of for name, of in methods.items() if "skipped" not in of}
    tasks = list(next(iter(measured.values()), {}))
    ranked = sorted(measured, key=lambda name: -_main(measured[name][tasks[0]]))
    named = [_heading(measured[ranked[0]][task]) for task in tasks]
    header = ["method", *named, "fit s, recommend s", "MB"]
    table = [header, ["---"] * len(header), *(_row(name, measured[name], tasks) for name in ranked)]
    skipped = [
        f"{n}: {of['skipped']['skipped']}." for n, of in methods.items() if n not in measured
    ]
    return "\n".join(
        [f"### {dataset}", "", *map(cells, table), *(["", *skipped] if skipped else [])]
    )


def _row(name: str, of: Mapping[str, Line], tasks: list[str]) -> list[str]:
    last = of[tasks[-1]]
    shown = f"**{name}**" if name == "ours" else name
    seconds = f"{last['fit_s']}, {last['recommend_s']}"
    return [shown, *(_figures(of[task]) for task in tasks), seconds, str(last["peak_rss_mb"])]


def _heading(line: Line) -> str:
    asked = f"`{line['task']}`, {line['n_users']:,} customers"
    return f"{asked}: NDCG / recall / hit rate @{_k(line)}"


def _figures(line: Line) -> str:
    k = _k(line)
    recall, hit_rate = (short(line[f"{name}_at_{k}"]) for name in ("recall", "hit_rate"))
    return f"{_interval(line)} / {recall} / {hit_rate}"


def _interval(line: Line) -> str:
    """NDCG, and its interval in brackets."""
    limits = ", ".join(short(line[name]) for name in ("ci_low", "ci_high"))
    return f"{short(_main(line))} [{limits}]"


def _main(line: Line) -> float:
    return float(line[f"ndcg_at_{_k(line)}"])


def _k(line: Line) -> int:
    """The length of the list that the protocol asks for."""
    return 20 if "ndcg_at_20" in line else 10


if __name__ == "__main__":
    measured = [json.loads(text) for text in Path(sys.argv[1]).read_text().splitlines()]
    print(summary(measured), tables(measured), sep="\n\n")
