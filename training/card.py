"""The model card: what a version is, shown on its page in the registry."""

from training.config import MainConfig
from training.evaluation.evaluate import BASELINES, OURS, Evaluation
from training.gate.decide import Challenger
from training.gate.decision import Decision

LONGEST = 5000
SHOWN = ("ndcg_at_10", "recall_at_10", "hit_rate_at_10")


def card(challenger: Challenger, decision: Decision) -> str:
    """Markdown of at most 5000 characters: use, data, figures, gate, limits, settings."""
    sections = [
        "Ranks a shop's products for each of its customers, from what they viewed and bought. "
        "Serves `for_you`, `discover`, `buy_again` and `popular`.",
        "### Data\n" + _data(challenger),
        "### Figures\nMean over customers of the test window, with 95 % bootstrap intervals.\n\n"
        + _figures(challenger.evaluation),
        "### Gate\n"
        + ("Promoted" if decision.promoted else "Not promoted")
        + f": {decision.reason}.",
        "### Limits\nMeasured offline, on purchases that happened without these recommendations: "
        "what a shown list would have changed is not in the figures. Customers without history "
        "get the popular list.",
        "### Settings\n" + _settings(challenger.config),
    ]
    return "\n\n".join(sections)[:LONGEST]


def _data(challenger: Challenger) -> str:
    config, found, parts = challenger.config, challenger.found, challenger.parts
    window = f" from {found.first} to {found.last}" if found.first else ", without timestamps"
    tested = (
        f"from {parts.cutoff}" if parts.cutoff is not None else "on a random fifth of purchases"
    )
    return (
        f"{found.events:,} events of {found.customers:,} customers and {found.products:,} products"
        f"{window} (`{config.events}`, sha256 `{found.data_hash[:16]}…`). Tested {tested}; "
        "what is registered was then refitted on everything."
    )


def _figures(evaluation: Evaluation) -> str:
    lines = ["| task | method | " + " | ".join(SHOWN) + " |", "| --- " * (2 + len(SHOWN)) + "|"]
    for task in dict.fromkeys(j.task.name for j in evaluation.judged):
        for method in (OURS, *BASELINES):
            cells = [str(evaluation.means[method, task, metric]) for metric in SHOWN]
            lines.append(f"| {task} | {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _settings(config: MainConfig) -> str:
    return ", ".join(f"`{name}={value}`" for name, value in config.model_dump().items() if value)
