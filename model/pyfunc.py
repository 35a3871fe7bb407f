"""The recommender as an MLflow model: a thin adapter, logged as code beside plain arrays."""

from pathlib import Path
from typing import Any

import mlflow.models
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel, PythonModelContext

from model import storage
from model.answer import answer
from model.columns import RECENT_PRODUCTS, USER_ID
from model.recommender import Recommender
from model.request import Request

ARTIFACT = "recommender"


class ProductRecommender(PythonModel):
    """A DataFrame of requests in, a DataFrame of answers out, row by row.

    Columns: ``user_id``, and optionally ``recent_products`` (a list of product ids).
    Params: ``k``, ``scenario``, ``explain``, the same for all rows of a request.
    """

    recommender: Recommender

    def load_context(self, context: PythonModelContext) -> None:
        """Map the arrays into memory, after checking their manifest."""
        self.recommender = storage.load(Path(context.artifacts[ARTIFACT]))

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
        columns = [name for name in (USER_ID, RECENT_PRODUCTS) if name in model_input]
        rows = zip(*(model_input[name].tolist() for name in columns), strict=True)
        answers = []
        for number, values in enumerate(rows):
            try:
                request = Request.of({**dict(zip(columns, values, strict=True)), **(params or {})})
            except ValueError as error:
                message = f"row {number}: {error}"
                raise MlflowException(message, error_code=INVALID_PARAMETER_VALUE) from None
            answers.append(answer(self.recommender, request))
        return pd.DataFrame(answers)


mlflow.models.set_model(ProductRecommender())
