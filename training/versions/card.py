"""The model card: what a version is, shown on its page in the registry and on its run's."""

from model.scenarios import ALL
from training.config import Knobs, MainConfig
from training.evaluation.evaluate import BASELINES, OURS, Evaluation
from training.gate.decide import Challenger
from training.gate.decision import Decision
from training.gate.rival import CHAMPION
from training.pages import TASKS, day, metric_words

LONGEST = 5000
GAP = "&nbsp;" * 4
SHOWN = ("ndcg_at_10", "recall_at_10", "hit_rate_at_10")


def card(challenger: Challenger, decision: Decision) -> str:
    """Markdown of at most 5000 characters: use, gate, figures, data, limits, settings."""
    sections = [
        "Ranks a shop's products for each of its customers, from what they viewed and bought. "
        f"Serves {', '.join(f'`{name}`' for name in ALL)}.",
        "### Gate\n" + _gate(decision),
        "### Figures\n" + _reading(challenger) + "\n\n" + _figures(challenger.evaluation),
        "### Data\n" + _data(challenger),
        "### Limits\nMeasured offline, on purchases that happened without these recommendations: "
        "what a shown list would have changed is not in the figures. Customers without history "
        "get the popular list.",
        "### Settings\n" + _settings(challenger.config),
    ]
    return "\n\n".join(sections)[:LONGEST]


def _gate(decision: Decision) -> str:
    """The verdict, and how the metric that readers know compares with the champion's."""
    verdict = "Promoted" if decision.promoted else "Not promoted"
    against = [
        f"{TASKS.get(c.task, c.task)} {c.difference}, {c.verdict}"
        for c in decision.comparisons
        if (c.rival, c.metric) == (CHAMPION, SHOWN[0])
    ]
    compared = (
        f" {metric_words(SHOWN[0])} minus that of champion {decision.champion}: "
        f"{'; '.join(against)}."
        if against
        else ""
    )
    return (
        f"{verdict}: {decision.reason}.{compared} Every condition: `gate/decision.html` of the run."
    )


def _reading(challenger: Challenger) -> str:
    meant = "; ".join(f"`{name}`: {TASKS[name]}" for name in challenger.evaluation.tasks())
    n_customers = max((len(j.per_user) for j in challenger.evaluation.judged), default=0)
    return (
        f"Means over {n_customers:,} customers of the test window, with 95 % bootstrap intervals. "
        f"{meant}."
    )


def _figures(evaluation: Evaluation) -> str:
    # MLflow draws tables without space between columns: wide headings keep them apart.
    heads = [f"{metric_words(metric)} and 95 % interval" for metric in SHOWN]
    heads = [head + GAP for head in ("task", "method" + GAP, *heads)]
    lines = ["| " + " | ".join(heads) + " |", "| --- " * len(heads) + "|"]
    for task in evaluation.tasks():
        for method in (OURS, *BASELINES):
            cells = [str(evaluation.means[method, task, metric]) for metric in SHOWN]
            lines.append(f"| {task} | {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _data(challenger: Challenger) -> str:
    config, found, parts = challenger.config, challenger.found, challenger.parts
    window = (
        f" from {day(found.first)} to {day(found.last)}" if found.first else ", without timestamps"
    )
    tested = (
        f"from {day(parts.cutoff)}"
        if parts.cutoff is not None
        else f"on {parts.drawn} (no forecast)"
    )
    return (
        f"{found.events:,} events of {found.customers:,} customers and {found.products:,} products"
        f"{window} (`{config.events}`, sha256 `{found.data_hash[:16]}…`). Tested {tested}; "
        "what is registered was then refitted on everything."
    )


def _settings(config: MainConfig) -> str:
    """What is not as by default; the run has all params."""
    usual = Knobs().model_dump().items()
    changed = [f"`{n}={getattr(config, n)}`" for n, value in usual if getattr(config, n) != value]
    return (", ".join(changed) or "all as by default") + "."
