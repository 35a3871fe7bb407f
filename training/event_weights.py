"""What each type of event weighs, as people write it: ``view=1,cart=3,purchase=5``."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

LEAST_WEIGHT, MOST_WEIGHT = 1e-6, 1e6
"""Of an event; squares and sums of their ratios are finite in float32."""


def _parsed_weights(given: Any) -> Any:
    """``"view=1,Cart=3"`` as a mapping of lower-case names; a mapping stays one."""
    if not isinstance(given, str):
        return given
    pairs = [part.partition("=") for part in given.split(",") if part.strip()]
    if not pairs or any(not name.strip() or not value.strip() for name, _, value in pairs):
        raise ValueError("should be name=weight pairs, as in view=1,cart=3,purchase=5")
    weights = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if len(weights) < len(pairs):
        raise ValueError("should give each event type one weight")
    return weights


def _with_what_comes_back(weights: dict[str, float]) -> dict[str, float]:
    """Weights that say what a return and a removal are worth: what they take back, and negative."""
    for name, weight in weights.items():
        if not LEAST_WEIGHT <= abs(weight) <= MOST_WEIGHT:
            raise ValueError(
                f"{name} has the weight {weight:g}; allowed: {LEAST_WEIGHT:g} to {MOST_WEIGHT:g}, "
                "negative for what takes back"
            )
    if weights.get("purchase", 1) < 0 or max(weights.values()) < 0:
        raise ValueError("a purchase, or at least one event, should have a weight above 0")
    undone = {"remove_from_cart": "cart", "return": "purchase"}
    taken = {name: -weights[other] for name, other in undone.items() if other in weights}
    return weights | {name: weight for name, weight in taken.items() if name not in weights}


EventWeights = Annotated[
    dict[str, Annotated[float, Field(allow_inf_nan=False)]],
    BeforeValidator(_parsed_weights),
    AfterValidator(_with_what_comes_back),
]
