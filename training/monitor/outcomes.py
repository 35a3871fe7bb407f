"""What was shown, from a log of answers, against what was then bought."""

import numpy as np
import pandas as pd

from model.columns import PRODUCT_ID, RECOMMENDATION_ID, TIMESTAMP, USER_ID, VERSION
from training.events.frame import NO_ID
from training.events.log import EventLog
from training.monitor.health import Outcome
from training.monitor.hits import spending

ROW = "row"
PURCHASES = "purchases"
REVENUE = "revenue"


def outcomes(answers: pd.DataFrame, log: EventLog) -> list[Outcome]:
    """Hit rate and revenue by version, in the versions' order.

    ``answers`` is as `read_answers` gives it. What was taken back was not bought.
    """
    shown = _with_purchases(answers.reset_index(drop=True), log.settled)
    return [_outcome(str(version), rows) for version, rows in shown.groupby(VERSION, sort=True)]


def _outcome(version: str, rows: pd.DataFrame) -> Outcome:
    """Rows of one answer have its id in common; where there is none, the customer."""
    whose = [name for name in (RECOMMENDATION_ID, USER_ID) if name in rows]
    bought = rows.groupby(whose, dropna=False)[PURCHASES].sum()
    return Outcome(
        version,
        len(bought),
        float((bought > 0).mean()),
        int(bought.sum()),
        float(rows[REVENUE].sum()),
    )


def _with_purchases(answers: pd.DataFrame, log: EventLog) -> pd.DataFrame:
    """The answers' rows, with the number of the purchases they led to, and their money."""
    credited = _credited(answers, log.where(log.is_purchase))
    rows, n = credited[ROW].to_numpy(np.int64), len(answers)
    purchases = np.bincount(rows, minlength=n)
    return answers.assign(purchases=purchases, revenue=np.bincount(rows, credited[REVENUE], n))


def _credited(answers: pd.DataFrame, bought: EventLog) -> pd.DataFrame:
    """One line a purchase that something led to: the answers' ``row``, and its ``revenue``.

    A purchase belongs to the answer whose ``recommendation_id`` it carries, if both logs have that
    column. Else it belongs to the latest row, not later than itself, that showed the customer the
    product; to the last such row of the file, where either log has no times.

    ::

        row   shown                  bought
        0     milk to ann, day 1     milk by ann, day 4   ->   row 1, and row 1 only
        1     milk to ann, day 3     tea by bob, day 4    ->   none: it was shown later
        2     tea to bob, day 5
    """
    by_id = RECOMMENDATION_ID in answers and RECOMMENDATION_ID in bought.frame
    keys = [RECOMMENDATION_ID if by_id else USER_ID, PRODUCT_ID]
    shown, wanted = _shown(answers, bought), _bought(bought)
    if by_id:
        shown, wanted = (part[part[RECOMMENDATION_ID] != NO_ID] for part in (shown, wanted))
    elif TIMESTAMP in shown and TIMESTAMP in wanted:
        shown, wanted = (part.sort_values(TIMESTAMP, kind="stable") for part in (shown, wanted))
        found = pd.merge_asof(wanted, shown, on=TIMESTAMP, by=keys)
        return found[[ROW, REVENUE]].dropna()
    last = shown.drop_duplicates(keys, keep="last")
    return wanted.merge(last, on=keys)[[ROW, REVENUE]]


def _shown(answers: pd.DataFrame, bought: EventLog) -> pd.DataFrame:
    """The answers with the log's rows for ids, -1 for those that it does not hold."""
    rows = {
        name: bought.frame[name].cat.categories.get_indexer(pd.Index(answers[name]))
        for name in (USER_ID, PRODUCT_ID)
    }
    found = answers.drop(columns=VERSION).assign(row=np.arange(len(answers)), **rows)
    return _typed(found)


def _bought(bought: EventLog) -> pd.DataFrame:
    """The purchases with their money, and with rows for ids."""
    kept = bought.frame.columns.intersection([TIMESTAMP, RECOMMENDATION_ID])
    rows = {USER_ID: bought.user_rows, PRODUCT_ID: bought.item_rows, REVENUE: spending(bought)}
    return _typed(bought.frame[kept].assign(**rows))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Keys of one type, so that the two sides can be joined."""
    types = {USER_ID: "i8", PRODUCT_ID: "i8", TIMESTAMP: "M8[us]"}
    return frame.astype({name: type_ for name, type_ in types.items() if name in frame})
