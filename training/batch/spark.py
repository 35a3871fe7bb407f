"""The same lists by a Spark cluster: the logged model as a user-defined function."""

from importlib import import_module
from typing import Any

import mlflow

from model.columns import RECOMMENDED_PRODUCTS, USER_ID
from training.batch.asked import Customers
from training.batch.lists import MODEL_VERSION, SCENARIO
from training.config import BatchConfig
from training.errors import InputError
from training.versions.opened import Opened


def spark_session() -> Any:
    """The running Spark session, or a new one.

    Raises
    ------
    InputError
        If PySpark is not installed.
    """
    try:
        sql = import_module("pyspark.sql")
    except ImportError:
        raise InputError(
            "engine=spark needs PySpark and Java 17: pip install pyspark; or use engine=local"
        ) from None
    return sql.SparkSession.builder.appName("product-recommender").getOrCreate()


def write_by_spark(
    spark: Any, config: BatchConfig, model: Opened, asked: Customers, output: str
) -> None:
    """Write a folder of Parquet files; Spark keeps no order of rows."""
    functions = import_module("pyspark.sql.functions")
    answer = mlflow.pyfunc.spark_udf(
        spark,
        model.uri,
        result_type="array<string>",
        env_manager="local",
        params={"k": config.k, "scenario": config.scenario},
    )
    ids = [(id_,) for id_ in asked.ids.to_pylist()]
    frame = spark.createDataFrame(ids, f"{USER_ID} string")
    frame.select(
        USER_ID,
        answer(functions.struct(USER_ID)).alias(RECOMMENDED_PRODUCTS),
        functions.lit(config.scenario).alias(SCENARIO),
        functions.lit(model.version).alias(MODEL_VERSION),
    ).write.mode("overwrite").parquet(output)
