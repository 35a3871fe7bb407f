"""Batch lists: the very rows that serving answers, whatever is asked for and whoever is killed."""

import sys
from pathlib import Path
from unittest.mock import MagicMock

import mlflow
import pandas as pd
import pyarrow.parquet as pq
import pytest

from model.scenarios import SCENARIOS
from training.batch import job
from training.batch.parts import Parts
from training.locks import one_at_a_time

from .conftest import Command

URI = "models:/product-recommender@champion"

pytestmark = pytest.mark.slow


def served(user_ids: list[str | None], k: int, scenario: str) -> list[list[str]]:
    model = mlflow.pyfunc.load_model(URI)
    asked = pd.DataFrame({"user_id": pd.Series(user_ids, dtype=object)})
    answers = model.predict(asked, params={"k": k, "scenario": scenario})
    return [list(products) for products in answers["recommended_products"]]


def written(path: Path) -> dict[str, list]:
    return pq.read_table(path).to_pydict()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_all_customers_get_what_serving_answers(
    champion: Path, command: Command, tmp_path: Path, scenario: str
):
    output = tmp_path / "new" / "lists.parquet"
    done = command(
        "recommend", "--scenario", scenario, "--k", "7", "--output", str(output), "--workers", "2",
        "--rows_per_part", "30",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert "80 lists" in done.out
    found = written(output)
    assert found["user_id"] == [f"{n:03d}" for n in range(80)]
    assert found["recommended_products"] == served(found["user_id"], 7, scenario)
    assert set(found["scenario"]) == {scenario}
    assert set(found["model_version"]) == {"1"}
    assert pq.ParquetFile(output).num_row_groups == 3
    assert [path.name for path in output.parent.iterdir()] == ["lists.parquet"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "txt"])
@pytest.mark.parametrize("scenario", ["for_you", "buy_again"])
def test_customers_of_a_file_keep_its_order_and_strangers_get_what_serving_gives_them(
    champion: Path, command: Command, tmp_path: Path, kind: str, scenario: str
):
    ids = ["stranger", "007", "003", "007", "x" * 300]
    users, output = tmp_path / f"users.{kind}", tmp_path / "lists.parquet"
    frame = pd.DataFrame({"customer": ids, "city": "Ulm"})
    if kind == "csv":
        frame.to_csv(users, index=False)
    elif kind == "parquet":
        frame.to_parquet(users)
    else:
        users.write_text("\n".join(["User ID", *ids]) + "\n\n")
    done = command(
        "recommend", "--users", str(users), "--scenario", scenario, "--output", str(output)
    )
    assert done.code == 0, done.err
    assert "2 customers it does not know" in done.out
    found = written(output)
    assert found["user_id"] == ids
    assert found["recommended_products"] == served(ids, 10, scenario)


def test_a_missing_id_in_a_table_is_answered_as_nobody(
    champion: Path, command: Command, tmp_path: Path
):
    users, output = tmp_path / "users.parquet", tmp_path / "lists.parquet"
    pd.DataFrame({"user_id": ["007", None]}).to_parquet(users)
    assert command("recommend", "--users", str(users), "--output", str(output)).code == 0
    found = written(output)
    assert found["user_id"] == ["007", None]
    assert found["recommended_products"] == served(["007", None], 10, "for_you")


def test_lines_of_users_that_are_not_readable_are_told_of(
    champion: Path, command: Command, tmp_path: Path
):
    users, output = tmp_path / "users.csv", tmp_path / "lists.parquet"
    users.write_text("user_id\n007\n003,extra\n008\n")
    done = command("recommend", "--users", str(users), "--output", str(output))
    assert done.code == 0, done.err
    assert written(output)["user_id"] == ["007", "008"]
    assert "users: dropped 1 lines, line is not readable as CSV; first line 3:" in done.err


def test_a_killed_job_goes_on_after_its_finished_parts(
    champion: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    output, whole = tmp_path / "lists.parquet", tmp_path / "whole.parquet"
    asked = ["recommend", "--rows_per_part", "20", "--output"]
    computed: list[int] = []
    write = Parts.write

    def killed_at_the_third(self: Parts, number: int, table: object) -> None:
        if len(computed) == 2:
            raise KeyboardInterrupt
        computed.append(number)
        write(self, number, table)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Parts, "write", killed_at_the_third)
        assert command(*asked, str(output), "--workers", "1").code == 1
    assert not output.exists()

    def counted(self: Parts, number: int, table: object) -> None:
        computed.append(number)
        write(self, number, table)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Parts, "write", counted)
        again = command(*asked, str(output))
    assert "2 of 4 parts are done already" in again.err
    assert sorted(computed) == [0, 1, 2, 3]
    assert command(*asked, str(whole)).code == 0
    assert output.read_bytes() == whole.read_bytes()


def test_a_job_is_refused_while_another_one_writes_its_output(
    champion: Path, command: Command, tmp_path: Path
):
    output = tmp_path / "lists.parquet"
    with one_at_a_time(f"write {output}"):
        refused = command("recommend", "--output", str(output))
        assert refused.code == 2
        assert f"output = '{output}' is being written by another job" in refused.error
        assert command("recommend", "--output", str(tmp_path / "others.parquet")).code == 0
    assert command("recommend", "--output", str(output)).code == 0


def test_parts_of_other_parameters_are_computed_anew(tmp_path: Path):
    output = tmp_path / "lists.parquet"
    parts = Parts.of(output, 2, {"model": "a", "k": 10})
    parts.path(0).write_bytes(b"done")
    assert Parts.of(output, 2, {"model": "a", "k": 10}).missing() == [1]
    assert Parts.of(output, 2, {"model": "a", "k": 5}).missing() == [0, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--k", "0"], "k = '0' is not allowed"),
        (["--k", "101"], "k = '101' is not allowed"),
        (["--scenario", "magic"], "scenario 'magic' is not known; allowed: for_you, discover"),
        (["--output", "lists.csv"], "output = 'lists.csv' is not allowed"),
        (["--engine", "dask"], "engine = 'dask' is not allowed"),
        (["--users", "absent.csv"], "no file or folder 'absent.csv'"),
        (["--users", "absent.txt"], "users = 'absent.txt' cannot be read"),
        (["--model_uri", "models:/nothing@champion"], "'nothing' has no version 'champion'"),
        (["--model_uri", "no/such/folder"], "model_uri = 'no/such/folder' cannot be opened"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    champion: Path, command: Command, options: list[str], message: str
):
    refused = command("recommend", *options)
    assert refused.code == 2
    assert message in refused.error
    assert "Traceback" not in refused.err
    assert not (champion / "recommendations" / "recommendations.parquet").exists()


def test_the_list_of_customers_is_not_written_over(
    champion: Path, command: Command, tmp_path: Path
):
    users = tmp_path / "users.parquet"
    pd.DataFrame({"user_id": ["001"]}).to_parquet(users)
    refused = command("recommend", "--users", str(users), "--output", str(users))
    assert refused.code == 2
    assert "which is read; allowed: another name" in refused.error
    assert pd.read_parquet(users)["user_id"].tolist() == ["001"]


def test_an_output_that_is_a_folder_is_refused_before_any_list_is_made(
    champion: Path, command: Command, tmp_path: Path
):
    folder = tmp_path / "lists.parquet"
    folder.mkdir()
    refused = command("recommend", "--output", str(folder))
    assert refused.code == 2
    assert "is a folder; allowed: the name of a file" in refused.error
    assert [path.name for path in tmp_path.iterdir()] == ["lists.parquet"]


@pytest.mark.parametrize(
    ("asked", "written_to"),
    [("~/lists.parquet", "{home}/lists.parquet"), ("s3a://shop/l.parquet", "s3a://shop/l.parquet")],
)
def test_spark_writes_to_the_path_that_is_reported_or_to_the_address_as_given(
    champion: Path, command: Command, monkeypatch: pytest.MonkeyPatch, asked: str, written_to: str
):
    home, spark = champion / "home", MagicMock()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setitem(sys.modules, "pyspark.sql.functions", MagicMock())
    monkeypatch.setattr(mlflow.pyfunc, "spark_udf", MagicMock())
    monkeypatch.setattr(job, "spark_session", lambda: spark)
    done = command("recommend", "--engine", "spark", "--output", asked)
    assert done.code == 0
    assert written_to.format(home=home) in done.out
    assert not Path("s3a:").exists()
    parquet = spark.createDataFrame().select().write.mode().parquet
    parquet.assert_called_once_with(written_to.format(home=home))


def test_spark_that_is_not_installed_is_named(
    champion: Path, command: Command, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    assert (
        "engine=spark needs PySpark and Java 17: pip install pyspark"
        in command("recommend", "--engine", "spark").error
    )
