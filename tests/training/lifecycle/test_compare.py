"""Comparison of two real versions: page, JSON, refusals."""

import json
import re
import tempfile
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from tests.training.lifecycle.conftest import Train
from training.compare.compare import compare
from training.config import CompareConfig
from training.errors import InputError

NAME = "compared"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.csv"
    lines = [f"p{n:02d},Product <{n}>,shelf {n // 12},{n + 1}.5" for n in range(48)]
    path.write_text("\n".join(["product_id,title,category,price", *lines]))
    return path


@pytest.fixture
def versions(train: Train) -> None:
    """Version 1, and version 2 that forgets within days."""
    if not MlflowClient().search_registered_models(f"name = '{NAME}'"):
        train(NAME)
        train(NAME, half_life_days=2, promote="never")


def compared(**asked: object) -> tuple[dict, str]:
    said = compare(CompareConfig(registered_model=NAME, **asked))
    run_id = re.search(r"run (\w{32})", said)[1]
    content = mlflow.artifacts.load_dict(f"runs:/{run_id}/compare/compare.json")
    return content, mlflow.artifacts.load_text(f"runs:/{run_id}/compare/compare.html")


@pytest.mark.usefixtures("versions")
@pytest.mark.slow
def test_two_versions_side_by_side(catalogue: Path) -> None:
    content, page = compared(left="1", right="2", catalogue=str(catalogue))
    figures = {(f["task"], f["metric"]): f for f in content["figures"]}
    decision = mlflow.artifacts.load_dict(
        f"runs:/{MlflowClient().get_model_version(NAME, '2').run_id}/gate/decision.json"
    )
    [gate] = [
        c
        for c in decision["comparisons"]
        if (c["rival"], c["task"], c["metric"]) == ("champion", "all", "ndcg_at_10")
    ]
    assert {task for task, _ in figures} == {"all", "new", "unseen"}  # the shop has looks
    assert figures["all", "ndcg_at_10"]["difference"]["mean"] == pytest.approx(
        gate["difference"]["mean"]
    )
    assert {
        "name": "half_life_days",
        "meaning": "an event loses half its weight in this time",
        "left": "90.0",
        "right": "2.0",
    } in content["settings"]
    assert len(content["customers"]) == 20
    assert 0 < content["scenarios"]["for_you"]["overlaps"][0]["overlap_at_10"] < 1
    assert content["scenarios"]["discover"]["price"]["left"] > 0
    assert {row["category"] for row in content["scenarios"]["discover"]["categories"]} <= {
        f"shelf {n}" for n in range(4)
    }
    assert content["scenarios"]["for_you"]["newly_shown"][0]["title"].startswith("Product <")
    assert "Product &lt;" in page
    assert not re.search(r"""(src|href)=|<script|@import|url\(""", page)
    json.dumps(content, allow_nan=False)


@pytest.mark.usefixtures("versions")
@pytest.mark.slow
def test_a_run_and_an_alias_can_be_compared_and_the_same_model_is_level() -> None:
    run_id = MlflowClient().get_model_version(NAME, "1").run_id
    content, _ = compared(left="champion", right=run_id)
    assert {f["verdict"] for f in content["figures"]} == {"level"}
    assert content["scenarios"]["for_you"]["overlaps"][0]["same_list"] == 1
    assert content["scenarios"]["for_you"]["newly_shown"] == []
    assert content["settings"] == []


@pytest.mark.usefixtures("versions")
@pytest.mark.slow
def test_what_was_fetched_to_be_compared_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    compared(left="1", right="2")
    assert list(tmp_path.rglob("*.parquet")) == []


@pytest.mark.usefixtures("versions")
@pytest.mark.slow
def test_models_measured_on_other_windows_get_no_verdict(train: Train) -> None:
    third = train(NAME, test_days=10, promote="never")
    content, page = compared(left="1", right=str(third.version))
    assert {f["verdict"] for f in content["figures"]} == {"measured on other data"}
    assert all(f["difference"]["mean"] is None for f in content["figures"])
    assert "measured on other data" in page


@pytest.mark.usefixtures("versions")
@pytest.mark.parametrize(
    ("asked", "told"), [("99", "no version '99'"), ("0" * 32, "run '0+' cannot be read")]
)
def test_what_is_not_there_is_named(asked: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        compare(CompareConfig(registered_model=NAME, left=asked))
