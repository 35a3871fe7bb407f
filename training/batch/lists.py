"""Lists of many customers as an Arrow table: what serving answers, without a request each."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from model.answer import Answers
from model.columns import MODEL_VERSION, RECOMMENDED_PRODUCTS, USER_ID
from model.id_index import UNKNOWN_ROW
from model.recommender import NO_ITEM, Recommender
from model.request import Request
from training.batch.asked import Customers, texts

SCENARIO = "scenario"

SCHEMA = pa.schema(
    [
        (USER_ID, pa.string()),
        (RECOMMENDED_PRODUCTS, pa.list_(pa.string())),
        (SCENARIO, pa.string()),
        (MODEL_VERSION, pa.string()),
    ]
)


@dataclass(frozen=True)
class ListMaker:
    """Makes the rows of the output; ``version`` is empty for a model that is not registered."""

    recommender: Recommender
    version: str
    k: int
    scenario: str

    def table(self, asked: Customers) -> pa.Table:
        """One row a customer, in the order given, with the columns of `SCHEMA`."""
        items = np.full((len(asked), self.k), NO_ITEM, np.int32)
        known = asked.rows != UNKNOWN_ROW
        items[known] = self.recommender.served_rows(asked.rows[known], self.k, self.scenario)
        items[~known] = self._stranger
        constants = (pa.repeat(text, len(asked)) for text in (self.scenario, self.version))
        return pa.table([asked.ids, self._products(items), *constants], schema=SCHEMA)

    def _products(self, items: NDArray[np.int32]) -> pa.ListArray:
        shown = items != NO_ITEM
        offsets = np.concatenate(([0], np.cumsum(shown.sum(axis=1)))).astype(np.int32)
        return pa.ListArray.from_arrays(offsets, self._product_ids.take(pa.array(items[shown])))

    @cached_property
    def _product_ids(self) -> pa.Array:
        return texts(self.recommender.matrix.products.ids)

    @cached_property
    def _stranger(self) -> NDArray[np.int32]:
        """What everybody gets whom the model does not know, padded with -1."""
        request = Request(None, self.k, self.scenario)
        products = Answers(self.recommender).of(request)[RECOMMENDED_PRODUCTS]
        items = np.full(self.k, NO_ITEM, np.int32)
        items[: len(products)] = self.recommender.matrix.products.rows_of(products)
        return items
