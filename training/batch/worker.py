"""What a process of the batch job does; it imports neither MLflow nor what reads events."""

from functools import cache

from training.batch.asked import Customers
from training.batch.lists import ListMaker
from training.batch.parts import Parts
from training.workers import loaded


@cache
def _maker(version: str, k: int, scenario: str) -> ListMaker:
    """The worker's own, made once."""
    return ListMaker(loaded(), version, k, scenario)


def write_part(settings: tuple[str, int, str], parts: Parts, number: int, asked: Customers) -> int:
    """Answer the customers of one part and write it; ``settings`` are version, k and scenario."""
    parts.write(number, _maker(*settings).table(asked))
    return number
