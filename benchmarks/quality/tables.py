"""The JSON lines of `benchmarks.quality` as Markdown tables, one a data set.

python -m benchmarks.quality.tables docs/quality.jsonl
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]

SHOWN = ("ndcg", "recall", "hit_rate")


def tables(lines: Iterable[Line]) -> str:
    """One table a data set, in the order of the lines; of a repeated measurement, the last counts.

    Rows are sorted by NDCG of the first task, best first; what was skipped comes last.
    """
    by_dataset: dict[str, dict[str, dict[str, Line]]] = {}
    for line in lines:
        methods = by_dataset.setdefault(line["dataset"], {})
        methods.setdefault(line["method"], {})[line.get("task", "skipped")] = line
    return "\n\n".join(_table(dataset, methods) for dataset, methods in by_dataset.items())


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
        [f"### {dataset}", "", *map(_cells, table), *(["", *skipped] if skipped else [])]
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
    ndcg, recall, hit_rate = (_short(line[f"{name}_at_{k}"]) for name in SHOWN)
    return f"{ndcg} [{_short(line['ci_low'])}, {_short(line['ci_high'])}] / {recall} / {hit_rate}"


def _main(line: Line) -> float:
    return float(line[f"ndcg_at_{_k(line)}"])


def _k(line: Line) -> int:
    """The length of the list that the protocol asks for."""
    return 20 if "ndcg_at_20" in line else 10


def _short(value: float) -> str:
    """Four digits without the zero in front.

    >>> _short(0.4018), _short(1.0)
    ('.4018', '1.0000')
    """
    return f"{value:.4f}".removeprefix("0")


def _cells(values: Iterable[str]) -> str:
    return f"| {' | '.join(values)} |"


if __name__ == "__main__":
    print(tables(map(json.loads, Path(sys.argv[1]).read_text().splitlines())))
