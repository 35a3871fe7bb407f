"""Log the recommender as an MLflow pyfunc: code, arrays, signature, example, exact requirements."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import AnyType, Array

import model
from model import storage
from model.columns import DEFAULT_K, PRODUCT_IDS, RECENT_PRODUCTS, RECOMMENDED_PRODUCTS, USER_ID
from model.pyfunc import ARTIFACT
from model.recommender import Recommender
from model.scenarios import DEFAULT_SCENARIO

CODE = Path(model.__file__).parent
REQUIREMENTS = CODE.parent / "requirements" / "serve.txt"

SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec(DataType.string, USER_ID),
            # Any: an array would refuse a table in which only some rows name recent products, and
            # lists of unequal length in ``inputs``. What is in it is checked by `model.request`.
            ColSpec(AnyType(), RECENT_PRODUCTS, required=False),
            ColSpec(AnyType(), PRODUCT_IDS, required=False),
        ]
    ),
    outputs=Schema([ColSpec(Array(DataType.string), RECOMMENDED_PRODUCTS)]),
    params=ParamSchema(
        [
            ParamSpec("k", DataType.long, DEFAULT_K),
            ParamSpec("scenario", DataType.string, DEFAULT_SCENARIO),
            ParamSpec("explain", DataType.boolean, False),
            ParamSpec("details", DataType.boolean, False),
        ]
    ),
)


def log_model(recommender: Recommender) -> ModelInfo:
    """Log to the active run; only Python files of ``model/`` travel, never the exported pickles."""
    with TemporaryDirectory() as scratch:
        arrays, code = Path(scratch, ARTIFACT), Path(scratch, CODE.name)
        storage.save(recommender, arrays)
        copy_python(CODE, code)
        example = pd.DataFrame({USER_ID: recommender.matrix.users.ids_of([0])})
        return mlflow.pyfunc.log_model(
            name=ARTIFACT,
            python_model=str(CODE / "pyfunc.py"),
            code_paths=[str(code)],
            artifacts={ARTIFACT: str(arrays)},
            signature=SIGNATURE,
            input_example=example,
            pip_requirements=pinned_requirements(),
        )


def pinned_requirements() -> list[str]:
    """The serving pins, as compiled; comments left out."""
    lines = (line.strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def copy_python(folder: Path, to: Path) -> None:
    """Copy contents and no permissions, since a copy that is read-only cannot be removed."""
    for path in folder.rglob("*.py"):
        copy = to / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
