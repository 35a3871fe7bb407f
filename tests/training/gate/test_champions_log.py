"""A challenger's log against the champion's, by ids."""

import pytest

from model.id_index import IdIndex
from training.gate.champions_log import ChampionsLog, known_check, size_check, success_check

CHAMPIONS = IdIndex.from_ids([f"{n:03d}" for n in range(80)])


@pytest.mark.parametrize(
    ("ours", "floor", "passed"), [(40, 0.5, True), (39, 0.5, False), (39, 0.4, True)]
)
def test_a_log_may_be_smaller_than_the_champion_s_down_to_the_floor(
    ours: int, floor: float, passed: bool
) -> None:
    assert size_check("customers", ours, 80, floor).passed is passed


def test_customers_whose_ids_lost_their_zeros_are_not_the_champion_s() -> None:
    renamed = IdIndex.from_ids([str(n) for n in range(80)])
    check = known_check("customers", renamed, CHAMPIONS, 0.5, 1.0)
    assert not check.passed
    assert check.found == "0 of 80 are in the log"
    assert check.allowed.startswith("at least 40:")
    assert known_check("customers", CHAMPIONS, CHAMPIONS, 1.0, 1.0).passed


def test_as_many_must_be_left_as_of_the_champion_s_time_is_covered() -> None:
    twenty = IdIndex.from_ids([f"{n:03d}" for n in range(20)] + ["new"])
    assert known_check("customers", twenty, CHAMPIONS, 0.5, 0.5).passed
    assert not known_check("customers", twenty, CHAMPIONS, 0.5, 0.51).passed
    assert known_check("customers", IdIndex.from_ids(["new"]), CHAMPIONS, 0.5, 0).passed


@pytest.mark.parametrize(
    ("first", "last", "covered"),
    [
        ("2024-01-01T00:00:00", "2024-03-01T00:00:00", 1.0),  # a log that grows
        ("2024-01-16T00:00:00", "2024-02-15T00:00:00", 0.5),  # a window that slides
        ("2024-02-01T00:00:00", "2024-03-01T00:00:00", 0.0),
        ("", "", 0.0),
    ],
)
def test_the_champion_s_time_is_covered_as_far_as_the_log_reaches(
    first: str, last: str, covered: float
) -> None:
    log = ChampionsLog(CHAMPIONS, CHAMPIONS, "2024-01-01T00:00:00", "2024-01-31T00:00:00")
    assert log.covered_by(first, last) == covered


def test_nothing_is_covered_of_a_champion_without_times() -> None:
    log = ChampionsLog(CHAMPIONS, CHAMPIONS, "", "")
    assert log.covered_by("2024-01-01T00:00:00", "2024-01-31T00:00:00") == 0


def test_carts_do_not_pass_for_purchases() -> None:
    assert success_check("purchase", "purchase").passed
    check = success_check("cart", "purchase")
    assert not check.passed
    assert (check.found, check.allowed) == ("cart", "purchase (champion's log)")
