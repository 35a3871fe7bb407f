"""The batch job: open the model, answer part by part on all processors, join the parts."""

import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from training.atomic_write import refuse_folder, refuse_input
from training.batch.asked import Customers
from training.batch.customers import customers
from training.batch.lists import SCHEMA, ListMaker
from training.batch.parts import Parts
from training.batch.spark import spark_session, write_by_spark
from training.config import BatchConfig
from training.locks import nobody_else
from training.runs.progress import bar
from training.versions.opened import Opened, opened

logger = logging.getLogger("training")


def recommend(config: BatchConfig) -> str:
    """Write a list for every customer asked for; returns one line that says what was done.

    Two jobs with one output would delete each other's parts. The later one is refused rather than
    made to wait: what it would do is being done.

    Raises
    ------
    InputError
        If another job of this user, on this machine, writes the same output.
    """
    started = time.perf_counter()
    spark = spark_session() if config.engine == "spark" else None
    output = Path(config.output).expanduser()
    told = (
        f"output = {str(output)!r} is being written by another job; allowed: to wait until it has "
        "ended, or another output"
    )
    with nobody_else(f"write {output.resolve()}", told), opened(config.model_uri) as model:
        index = model.recommender.matrix.users
        asked = customers(config.users, config.user_id_column, index)
        # An address, as s3a://…, is for Spark alone to understand.
        is_address = spark is not None and "://" in config.output
        where = config.output if is_address else str(output)
        if not is_address:
            refuse_input(output, config.users)
            output.parent.mkdir(parents=True, exist_ok=True)
        if spark is not None:
            write_by_spark(spark, config, model, asked, where)
        else:
            write_locally(config, model, asked, output)
    seconds = time.perf_counter() - started
    unknown = int((asked.rows < 0).sum())
    named = f"version {model.version}" if model.version else model.uri
    return (
        f"{where}: {len(asked):,} lists of scenario {config.scenario} by {named} "
        f"({unknown:,} customers it does not know), {seconds:.1f} s"
    )


def write_locally(config: BatchConfig, model: Opened, asked: Customers, output: Path) -> None:
    """Compute the parts that are missing, then join all; what a killed job finished is kept."""
    refuse_folder(output)
    size = config.rows_per_part
    starts = range(0, len(asked), size)
    made_of = {
        "model": model.model_id,
        "version": model.version,
        "k": config.k,
        "scenario": config.scenario,
        "rows_per_part": size,
        "customers": asked.digest(),
    }
    parts = Parts.of(output, len(starts), made_of)
    missing = parts.missing()
    if len(missing) < len(starts):
        logger.info("%d of %d parts are done already", len(starts) - len(missing), len(starts))
    maker = ListMaker(model.recommender, model.version, config.k, config.scenario)

    def write(number: int) -> None:
        parts.write(number, maker.table(asked.part(number * size, (number + 1) * size)))

    with ThreadPoolExecutor(config.workers or os.cpu_count()) as threads:
        futures = [threads.submit(write, number) for number in missing]
        try:
            with bar(f"parts of {size:,} customers", len(futures)) as shown:
                for future in as_completed(futures):
                    future.result()
                    shown.advance(1)
        finally:
            threads.shutdown(cancel_futures=True)
    parts.join(output, SCHEMA)
