"""From when to when events are new, and how long that is."""

import pandas as pd

from model.columns import TIMESTAMP
from training.errors import InputError
from training.events.log import EventLog

DAY = pd.Timedelta(days=1)


def after(log: EventLog, moment: str) -> EventLog:
    """The events after a moment; all of them without timestamps.

    Raises
    ------
    InputError
        If there are none.
    """
    if not log.has_timestamps or not moment:
        return log
    fresh = log.where((log.frame[TIMESTAMP] > pd.Timestamp(moment)).to_numpy())
    if not len(fresh):
        raise InputError(
            f"no event is later than {moment}, the end of the training window; the newest is of "
            f"{log.frame[TIMESTAMP].max()}"
        )
    return fresh


def days_after(log: EventLog, moment: str) -> float:
    """Days that the log covers after a moment; NaN without timestamps, or without the moment.

    ::

        |---- log ----|              3 days: only those after the moment
                  |-3-|
              moment
                         |- log -|   2 days: the log begins later than that
                         |---2---|
    """
    if not log.has_timestamps or not moment:
        return float("nan")
    times = log.frame[TIMESTAMP]
    return float((times.max() - max(times.min(), pd.Timestamp(moment))) / DAY)


def latest(log: EventLog, days: float) -> EventLog:
    """The events of the last days; all of them without timestamps, or where ``days`` is NaN."""
    if not log.has_timestamps or pd.isna(days):
        return log
    times = log.frame[TIMESTAMP]
    return log.where((times >= times.max() - days * DAY).to_numpy())
