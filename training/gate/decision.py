"""What the gate says: every figure, every reason, and whether the challenger may answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from training.intervals import Interval, verdict

Promote = Literal["auto", "never", "force"]


@dataclass(frozen=True)
class Check:
    """One condition of promotion, in words: what was found, and what is allowed."""

    name: str
    passed: bool
    found: str
    allowed: str


@dataclass(frozen=True)
class Comparison:
    """The challenger against one rival, one metric of one task, customer by customer."""

    rival: str
    task: str
    metric: str
    challenger: Interval
    other: Interval
    difference: Interval

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` where the difference's interval leaves zero out."""
        return verdict(self.difference)


@dataclass(frozen=True)
class Decision:
    """The gate's decision on one challenger.

    Attributes
    ----------
    champion : str or None
        Version that answered when the challenger was compared.
    mode : str
        ``auto`` promotes what passes, ``never`` nothing, ``force`` anything, with a reason.
    notes : list of str
        What a reader must know about the comparison, as a champion that could not be refitted.
    """

    challenger: str
    champion: str | None
    mode: Promote
    why: str
    checks: list[Check]
    comparisons: list[Comparison]
    notes: list[str] = field(default_factory=list)
    n_customers: Mapping[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every condition holds."""
        return all(check.passed for check in self.checks)

    @property
    def promoted(self) -> bool:
        """Whether the challenger becomes champion."""
        return self.mode == "force" or (self.mode == "auto" and self.passed)

    @property
    def reason(self) -> str:
        """One line: why it was or was not promoted."""
        failed = [f"{c.name}: {c.found}; allowed: {c.allowed}" for c in self.checks if not c.passed]
        plural = "s" if len(failed) > 1 else ""
        gate = f"refused by {len(failed)} condition{plural}: {'; '.join(failed)}"
        found = gate if failed else "passed the gate"
        if self.mode == "force":
            return f"forced ({self.why}); {found}"
        return f"kept back as asked; {found}" if self.mode == "never" else found

    def as_dict(self) -> dict[str, Any]:
        """Everything, for ``decision.json``; figures that are not defined become null."""
        parts = {**asdict(self), "passed": self.passed, "promoted": self.promoted}
        parts["reason"] = self.reason
        for given, comparison in zip(parts["comparisons"], self.comparisons, strict=True):
            given["verdict"] = comparison.verdict
        return without_nan(parts)


def without_nan(value: Any) -> Any:
    """Nested mappings and lists with null for every NaN, which JSON does not know."""
    if isinstance(value, Mapping):
        return {key: without_nan(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(part) for part in value]
    return None if isinstance(value, float) and np.isnan(value) else value
