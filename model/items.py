"""Plain facts of every product, as the second stage sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.matrix import Floats


@dataclass(frozen=True)
class ItemFacts:
    """Arrays of shape (n_items,), float32.

    Attributes
    ----------
    sales_7, sales_30, sales_90 : purchases, decayed with that half-life in days; 1 for a product
        that sells like the mean of all
    first_14, first_45 : the same for customers who bought it, decayed since their first event of it
    buyers : the same for all customers who bought it, whenever
    rebuy : share of its buyers who bought it again, drawn to the shop's by ten pseudo-buyers
    gap_days : mean over those who bought it again of the days from their first event of it to their
        latest, views included, a purchase after the first; -1 where nobody bought it again
    age_days : days since its first sale
    last_sale_days : days since its last sale
    conversion : share of those who looked at it or bought it that bought it
    log_price : log1p of its mean price; -1 where no price is known
    groups : mapping of catalogue column to array of shape (n_items,), int32
        The number of each product's category, say, from 1 on; 0 where it has none.
    """

    sales_7: Floats
    sales_30: Floats
    sales_90: Floats
    first_14: Floats
    first_45: Floats
    buyers: Floats
    rebuy: Floats
    gap_days: Floats
    age_days: Floats
    last_sale_days: Floats
    conversion: Floats
    log_price: Floats
    groups: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)

    def of(self, items: np.ndarray) -> dict[str, Floats]:
        """Each fact for some item rows."""
        facts = {name: values for name, values in vars(self).items() if name != "groups"}
        return {name: values[items] for name, values in facts.items()}
