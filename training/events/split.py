"""Past trains, future tests: one global moment, so that nothing leaks back."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.columns import TIMESTAMP
from training.errors import InputError
from training.events.log import EventLog
from training.events.undated import held_out

LONGEST_TEST_DAYS = 28.0
LARGEST_TEST_SHARE = 0.2
USUAL_WINDOWS, MOST_WINDOWS = 2, 3
ENOUGH_CUSTOMERS = 5000
"""Returning customers, summed over the windows, from whom ranking is learnt as well as from more.

Where two windows have fewer, what a third one adds outweighs that it is older
(`docs/experiments.md`).
"""
TEST_SEED = 0


@dataclass(frozen=True)
class Split:
    """Two parts of one log, with the same ids.

    Attributes
    ----------
    past, future : EventLog
    cutoff : Timestamp or None
        The moment between them; None without timestamps.
    drawn : str
        Without timestamps, how the future was drawn, in words.
    """

    past: EventLog
    future: EventLog
    cutoff: pd.Timestamp | None
    drawn: str = ""


def split_by_time(log: EventLog, cutoff: pd.Timestamp) -> Split:
    """Cut at a moment: what comes before it trains, what comes at it or after tests.

    ::

        customer   day 1   day 2 | day 3   day 4        past             future
        ann        milk    bread | milk    eggs    ->   milk, bread      milk, eggs
        bob                tea   |         tea          tea              tea

    Raises
    ------
    InputError
        If either side would be empty.
    """
    before = (log.frame[TIMESTAMP] < cutoff).to_numpy()
    if before.all() or not before.any():
        first, last = log.frame[TIMESTAMP].min(), log.frame[TIMESTAMP].max()
        raise InputError(
            f"cut-off {cutoff} leaves one side empty; allowed: after {first}, up to {last}"
        )
    return Split(log.where(before), log.where(~before), cutoff)


def hold_out(log: EventLog, test_days: float | None = None) -> Split:
    """What a run on this log is tested on, whatever its seed: runs compare on the same purchases.

    Without timestamps ``split`` draws lots, here always the same ones; so that a search with one
    seed has not seen what a run with another is tested on, either.

    Raises
    ------
    InputError
        As ``split`` does.
    """
    return split(log, np.random.default_rng(TEST_SEED), test_days)


def split(log: EventLog, rng: np.random.Generator, test_days: float | None = None) -> Split:
    """Hold out the last ``test_days``; without timestamps, what is most like a future.

    Where it is not given, ``test_days`` is 28, or a fifth of the log's span if that is less.

    Raises
    ------
    InputError
        If the window leaves no past or no future.
    """
    if not log.has_timestamps:
        return split_undated(log, rng)
    first, last = log.frame[TIMESTAMP].min(), log.frame[TIMESTAMP].max()
    span = (last - first) / pd.Timedelta(days=1)
    if span == 0:
        raise InputError(
            f"all {len(log)} events carry the time {first}; allowed: at least two different times, "
            "or no timestamp column"
        )
    if test_days is not None and test_days >= span:
        raise InputError(
            f"test_days = {test_days:g} is not allowed: the log spans {span:.2f} days; "
            f"allowed: less than that, or 0 to choose a window by itself"
        )
    days = min(LONGEST_TEST_DAYS, LARGEST_TEST_SHARE * span) if test_days is None else test_days
    return split_by_time(log, last - pd.Timedelta(days=days))


def split_undated(log: EventLog, rng: np.random.Generator) -> Split:
    """Hold out a seeded draw of about a fifth of what was kept (`training.events.undated`).

    Raises
    ------
    InputError
        If chance held out nothing or everything.
    """
    log = log.settled
    drawn, words = held_out(log, rng)
    if drawn.all() or not drawn.any():
        raise InputError(f"{len(log)} events are too few to hold out a fifth; allowed: more events")
    return Split(log.where(~drawn), log.where(drawn), None, words)


def learning_windows(
    past: EventLog, rng: np.random.Generator, test_days: float | None = None
) -> list[Split]:
    """Two or three windows inside the past to learn ranking on, the oldest first.

    ::

        |---------- past ----------|           |- test -|
        |--- learn from ---|- what came next -|
        |- learn from -|- next -|

    Three, where fewer than 5,000 customers come back in two. What is too short for a window of
    ``test_days`` has one of the usual length; a log too short for that has fewer. Without
    timestamps the windows are as many draws.
    """
    windows: list[Split] = []
    log, n_returning = past, 0
    while len(windows) < (MOST_WINDOWS if n_returning < ENOUGH_CUSTOMERS else USUAL_WINDOWS):
        window = _window(log, rng, test_days)
        if window is None:
            break
        windows.insert(0, window)
        n_returning += _returning_customers(window)
        log = window.past if window.cutoff is not None else past
    return windows


def _window(log: EventLog, rng: np.random.Generator, test_days: float | None) -> Split | None:
    """The newest window of the length asked for, else of the usual one; None if there is none."""
    for days in dict.fromkeys((test_days, None)):  # once, where no length is asked for
        try:
            return split(log, rng, days)
        except InputError:
            continue
    return None


def _returning_customers(window: Split) -> int:
    """How many customers buy in both parts."""
    before, after = (
        np.bincount(part.user_rows[part.is_purchase], minlength=len(part.users)) > 0
        for part in (window.past, window.future)
    )
    return int((before & after).sum())
