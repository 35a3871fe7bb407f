"""The main job as README runs it, in a copy of the project that has nothing but its files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import copied_to

SNIPPET = """
import pickle
model = pickle.load(open("model/recommendation_model.pkl", "rb"))
matrix = pickle.load(open("model/user_item_matrix.pkl", "rb"))
print(len(model.recommend("007", k=10)), len(matrix.of("007")), matrix.shape)
"""

pytestmark = pytest.mark.slow


def pickles(folder: Path) -> list[str]:
    return [path.name for path in (folder / "model").glob("*.pkl")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that nobody has used."""
    return copied_to(tmp_path_factory.mktemp("unused"))


@pytest.fixture(scope="module")
def job(clone: Path, shop_csv: Path) -> subprocess.CompletedProcess[str]:
    """``mlflow run .`` on the small shop, with this environment's Python."""
    bin_folder = str(Path(sys.executable).parent)
    env = {**os.environ, "PATH": bin_folder + os.pathsep + os.environ["PATH"]}
    env["PYTHONPATH"] = str(clone)
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"):
        env.pop(name, None)
    command = ["mlflow", "run", ".", "--env-manager", "local", "-P", f"events={shop_csv}"]
    return subprocess.run(
        command, cwd=clone, env=env, capture_output=True, text=True, timeout=400, check=False
    )


def in_clone(clone: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_ends_well_and_says_what_comes_next(job: subprocess.CompletedProcess[str]):
    assert job.returncode == 0, job.stderr[-3000:]
    for expected in ("ndcg_at_10", "Three customers", "mlflow ui", "curl", "is champion"):
        assert expected in job.stdout


def test_the_documented_snippet_works_from_the_clone(
    clone: Path, job: subprocess.CompletedProcess[str]
):
    n_recommended, n_history, shape = in_clone(clone, SNIPPET).split(" ", 2)
    assert n_recommended == "10"
    assert int(n_history) > 0
    assert shape == "(80, 48)"


def test_the_run_is_finished_with_params_metrics_data_and_model(
    clone: Path, job: subprocess.CompletedProcess[str]
):
    told = in_clone(
        clone,
        """
import mlflow
mlflow.set_tracking_uri("sqlite:///mlflow.db")
run, = mlflow.search_runs(search_all_experiments=True, output_format="list")
client = mlflow.MlflowClient()
print(run.info.status, run.data.params["k"], "all/ndcg_at_10" in run.data.metrics,
      "popular/all/ndcg_at_10" in run.data.metrics, "new/recall_at_10_ci_low" in run.data.metrics,
      len(run.inputs.dataset_inputs) > 0,
      client.get_model_version_by_alias("product-recommender", "champion").version,
      client.get_model_version_by_alias("product-recommender", "challenger").version)
""",
    )
    assert told == "FINISHED 100 True True True True 1 1"


def test_the_champion_answers_without_pickle_and_from_anywhere(
    clone: Path, job: subprocess.CompletedProcess[str], tmp_path: Path
):
    code = """
import mlflow, sys
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/product-recommender@champion")
print(model.predict([{"user_id": "007"}])["recommended_products"].map(len).tolist())
"""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code, f"sqlite:///{clone}/mlflow.db"],
        cwd=tmp_path,
        env={**env, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[10]"


def test_no_pickle_and_no_test_data_travels_inside_the_logged_model(
    clone: Path, job: subprocess.CompletedProcess[str]
):
    inside = [path.name for path in (clone / "mlruns").rglob("*") if path.is_file()]
    assert "manifest.json" in inside
    assert not [name for name in inside if name.endswith(".pkl")]


def test_exports_land_in_the_clone_that_was_run(clone: Path, job: subprocess.CompletedProcess[str]):
    assert sorted(pickles(clone)) == ["recommendation_model.pkl", "user_item_matrix.pkl"]
