"""Requests as they come in: tolerant of how ids are written, strict about everything else."""

import math
from collections.abc import Mapping
from reprlib import repr as shown
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from model.columns import DEFAULT_K, MOST_PRODUCTS, PRODUCT_IDS, RECENT_PRODUCTS, USER_ID
from model.scenarios import DEFAULT_SCENARIO, check_k, check_products, check_scenario

ALLOWED = (USER_ID, "k", "scenario", RECENT_PRODUCTS, PRODUCT_IDS, "explain", "details")

EXACT_FLOATS = 2**53
"""Below it every whole number is a float of its own."""


class Request(NamedTuple):
    """One validated question."""

    user_id: str | None
    k: int = DEFAULT_K
    scenario: str = DEFAULT_SCENARIO
    recent_products: tuple[str, ...] = ()
    explain: bool = False
    details: bool = False
    product_ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Request":
        """Check a request's fields.

        Raises
        ------
        ValueError
            If ``user_id`` is absent, or a field is unknown or has a value that is not allowed.
        """
        if USER_ID not in given:
            raise ValueError(f"{USER_ID!r} is missing; allowed: {', '.join(ALLOWED)}")
        for name in given:
            if name not in ALLOWED:
                raise ValueError(f"field {shown(name)} is not known; allowed: {', '.join(ALLOWED)}")
        scenario = check_scenario(given.get("scenario", DEFAULT_SCENARIO))
        return cls(
            id_of(given[USER_ID]),
            check_k(given.get("k", DEFAULT_K)),
            scenario,
            _products(given, RECENT_PRODUCTS),
            _switch(given, "explain"),
            _switch(given, "details"),
            check_products(scenario, _products(given, PRODUCT_IDS)),
        )


def id_of(value: object, field: str = USER_ID) -> str | None:
    """An id as text; None for nobody, or nothing, in particular.

    Integers, and floats that are whole (pandas makes them of integers beside a missing one), are
    written without a fraction; null, NaN, pandas' NA and the empty string are None.

    >>> id_of("001"), id_of(42), id_of(42.0), id_of(float("nan")), id_of("")
    ('001', '42', '42', None, None)

    Raises
    ------
    ValueError
        For anything else, as true, 1.5, a list or an object, and for a float of 2**53 or more:
        whoever made it of an integer may have rounded it to another's id.
    """
    if isinstance(value, str):
        return value or None
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return None
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float | np.floating) and float(value).is_integer():
        if abs(float(value)) >= EXACT_FLOATS:
            raise ValueError(
                f"{field} = {shown(value)} is not allowed: of floats from 2**53 on the last digits "
                "are lost; allowed: the id as text"
            )
        return str(int(value))
    if value is pd.NA or value is pd.NaT:
        return None
    raise ValueError(
        f"{field} = {shown(value)} is not allowed; allowed: text, a whole number or null"
    )


def _switch(given: Mapping[str, Any], name: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name} = {shown(value)} is not allowed; allowed: true or false")
    return bool(value)


def _products(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ()
    if not isinstance(value, list | tuple | np.ndarray):
        raise ValueError(f"{name} = {shown(value)} is not allowed; allowed: a list of product ids")
    if len(value) > MOST_PRODUCTS:
        raise ValueError(f"{name} has {len(value)} ids; allowed: at most {MOST_PRODUCTS}")
    ids = (id_of(id_, name) for id_ in value)
    return tuple(id_ for id_ in ids if id_ is not None)
