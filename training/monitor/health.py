"""What one look at a model and its shop found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """One thing that is watched; ``allowed`` says its bound in words, empty where there is none."""

    name: str
    value: float
    allowed: str
    alarm: bool
    meaning: str

    def line(self) -> str:
        """Verdict, name, value and bound; without a bound no verdict, and what the value means."""
        verdict = "ALARM" if self.alarm else "fine" if self.allowed else ""
        return f"{verdict:6}{self.name:28}{self.value:>10.4f}  {self.allowed or self.meaning}"


@dataclass(frozen=True)
class Outcome:
    """What one version's answers led to.

    Attributes
    ----------
    answers : int
        Lists that were shown: by ``recommendation_id``, else by customer.
    hit_rate : float
        Share of the answers of which something was bought.
    revenue : float
        Spending on shown products; number of purchases where the events have no value.
    """

    version: str
    answers: int
    hit_rate: float
    purchases: int
    revenue: float


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
        lines = [reading.line() for reading in self.readings]
        shown = [
            f"answers of version {o.version}: {o.answers}, something bought of {o.hit_rate:.1%}, "
            f"revenue {o.revenue:.2f}"
            for o in self.outcomes
        ]
        return "\n".join([f"version {self.version}", *lines, *shown])
