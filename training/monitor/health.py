"""What one look at a model and its shop found."""

from dataclasses import dataclass

from training.monitor.outcomes import Outcome


@dataclass(frozen=True)
class Reading:
    """One thing that is watched; ``allowed`` says its bound in words, empty where there is none."""

    name: str
    value: float
    allowed: str
    alarm: bool
    meaning: str


@dataclass(frozen=True)
class Health:
    """Readings of a version, and what its answers and those of others led to."""

    version: str
    readings: list[Reading]
    outcomes: list[Outcome]

    @property
    def alarms(self) -> list[Reading]:
        """Readings outside their bounds."""
        return [reading for reading in self.readings if reading.alarm]

    def report(self) -> str:
        """The readings as a table, alarms marked, and one line for each version that answered."""
        lines = [
            f"{'ALARM' if r.alarm else 'fine':6}{r.name:28}{r.value:>10.4f}  {r.allowed}"
            for r in self.readings
        ]
        shown = [
            f"answers of version {o.version}: {o.answers}, something bought of {o.hit_rate:.1%}, "
            f"revenue {o.revenue:.2f}"
            for o in self.outcomes
        ]
        return "\n".join([f"version {self.version}", *lines, *shown])
