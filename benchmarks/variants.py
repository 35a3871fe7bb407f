"""A shop as it might have been: smaller, or with less in its log than there is."""

from dataclasses import replace

import numpy as np

from benchmarks.datasets import Protocol, without_times
from model.columns import EVENT_TYPE, PRODUCT_ID, USER_ID
from training.errors import InputError
from training.events.log import EventLog
from training.events.split import Split

SEED = 0


def smaller(protocol: Protocol, customers: int | None = None, share: float = 1.0) -> Protocol:
    """The same protocol with so many of the past's customers, and such a share of all events.

    Others' events are gone from past and future; the ids stay those of the whole shop. Events are
    drawn one by one, so baskets are thinned, and a return may stay without its purchase.

    Raises
    ------
    InputError
        If nothing is left before or after the cut.
    """
    rng = np.random.default_rng(SEED)
    past, future = protocol.parts.past, protocol.parts.future
    name = protocol.dataset
    if customers is not None:
        everybody = np.unique(past.user_rows)
        drawn = rng.choice(everybody, min(customers, len(everybody)), replace=False)
        past, future = (part.where(np.isin(part.user_rows, drawn)) for part in (past, future))
        name += f", {len(drawn)} customers"
    if share < 1:
        past, future = (_share_of(part, share, rng) for part in (past, future))
        name += f", {share:g} of the events"
    if not len(past) or not len(future):
        raise InputError(f"{name}: nothing is left of past or future; allowed: more of the shop")
    parts = replace(protocol.parts, past=past, future=future)
    return replace(protocol, dataset=name, parts=parts)


def without_times_of_past(protocol: Protocol) -> Protocol:
    """The past as a shop without times in its log would have it; the future stays what it is."""
    parts = Split(without_times(protocol.parts.past), protocol.parts.future, None)
    return replace(protocol, dataset=f"{protocol.dataset}, undated", parts=parts)


def counts_of_past(protocol: Protocol) -> Protocol:
    """The past as a user-item matrix has it: how often who bought what; the future stays."""
    past = protocol.parts.past
    bought = past.where(past.is_purchase)
    counted = replace(bought, frame=bought.frame[[USER_ID, PRODUCT_ID, EVENT_TYPE]], groups={})
    parts = Split(counted, protocol.parts.future, None)
    return replace(protocol, dataset=f"{protocol.dataset}, counts", parts=parts)


def _share_of(log: EventLog, share: float, rng: np.random.Generator) -> EventLog:
    return log.where(rng.random(len(log)) < share)
