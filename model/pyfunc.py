"""The recommender as an MLflow model: a thin adapter, logged as code beside plain arrays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel, PythonModelContext

from model import storage
from model.answer import Answers, names_of
from model.columns import PRODUCT_IDS, RECENT_PRODUCTS, USER_ID
from model.recommender import Recommender
from model.request import Request
from model.version import version_of

ARTIFACT = "recommender"


class ProductRecommender(PythonModel):
    """A DataFrame of requests in, a DataFrame of answers out, row by row.

    Columns: ``user_id``, and optionally ``recent_products`` and ``product_ids`` (lists of ids).
    Params: ``k``, ``scenario``, ``explain``, ``details``, the same for all rows of a request.
    """

    answers: Answers

    def load_context(self, context: PythonModelContext) -> None:
        """Map the arrays into memory, after checking their manifest."""
        folder = Path(context.artifacts[ARTIFACT])
        self.answers = Answers(storage.load(folder), version_of(folder.parents[1]))

    @property
    def recommender(self) -> Recommender:
        """What answers, without MLflow around it."""
        return self.answers.recommender

    def predict(
        self,
        context: PythonModelContext | None,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Answer every row.

        Raises
        ------
        MlflowException
            With INVALID_PARAMETER_VALUE (a 400 without a trace) if a row or param is not allowed.
        """
        params = params or {}
        requests = _requests(self.answers, model_input, params)
        answers = [self.answers.of(request) for request in requests]
        # Built of columns of objects: pandas neither looks into the lists nor copies them.
        columns = {
            name: np.fromiter((given[name] for given in answers), object, len(answers))
            for name in names_of(bool(params.get("explain")), bool(params.get("details")))
        }
        return pd.DataFrame(columns, copy=False)


def _requests(
    answers: Answers, model_input: pd.DataFrame, params: dict[str, Any]
) -> Iterator[Request]:
    columns = list(model_input)
    known = (USER_ID, RECENT_PRODUCTS, PRODUCT_IDS)
    places = {name: columns.index(name) for name in known if name in columns}
    # All columns at once and as objects: for one row, a column at a time takes three times as long.
    for number, row in enumerate(model_input.to_numpy(object).tolist()):
        try:
            yield answers.asked({name: row[place] for name, place in places.items()} | params)
        except ValueError as error:
            message = f"row {number}: {error}"
            raise MlflowException(message, error_code=INVALID_PARAMETER_VALUE) from None


mlflow.models.set_model(ProductRecommender())
