"""The pictures of README: what MLflow shows of two trainings and a comparison.

In an empty folder with a clone's ``.venv``, or in the clone itself::

    uv run mlflow run . --env-manager local
    uv run mlflow run . --env-manager local -P second_stage=never
    uv run mlflow run . --env-manager local -e compare -P left=1 -P right=2
    uv run mlflow ui &
    uv run python -m tests.mlflow_ui.pictures http://127.0.0.1:5000 docs/screenshots
"""

import sys
from pathlib import Path

from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from PIL import Image
from playwright.sync_api import Page

from tests.mlflow_ui.person import Person, browser_page

MODEL = "product-recommender"
COLUMNS = ("metrics.`all/ndcg_at_10`", "metrics.`new/ndcg_at_10`", "tags.`gate`")
COLOURS = 128
SETTLED_MS = 1500


def take(uri: str, into: Path) -> None:
    """Write a handful of PNGs; versions 1 and 2 of the model, and their comparison, must exist."""
    into.mkdir(parents=True, exist_ok=True)
    with browser_page(1360, 900) as page:
        person = Person(page, uri)
        first, second = (person.client.get_model_version(MODEL, number) for number in ("1", "2"))
        _runs(person, first)
        _keep(page, into / "runs.png")
        person.reads(_run(person, first), "evaluation/report.html", "How good the recommendations")
        _keep(page, into / "report.png")
        person.reads(_run(person, second), "gate/decision.html", "May version 2 answer?")
        _keep(page, into / "decision.png")
        person.opens(f"models/{MODEL}/versions/1", "@\xa0champion", "Ranks a shop's products")
        _keep(page, into / "version.png")
        compared = person.reads(person.run_of("compare"), "compare/compare.html", "against")
        compared.get_by_role("heading", name="Figures").scroll_into_view_if_needed()
        _keep(page, into / "compare.png")


def _runs(person: Person, version: ModelVersion) -> None:
    """The table of runs, with the columns that a person would choose."""
    experiment = _run(person, version).info.experiment_id
    person.opens(f"experiments/{experiment}/runs", "compare")
    key = f'MLflowLocalStorage-1.1-ExperimentPage-["{experiment}"]-ReactComponentState'
    person.page.evaluate(
        """([key, chosen]) => {
            const state = JSON.parse(localStorage.getItem(key));
            localStorage.setItem(key, JSON.stringify({...state, ...chosen}));
        }""",
        [key, {"selectedColumns": COLUMNS}],
    )
    person.opens(f"experiments/{experiment}/runs", "all/ndcg_at_10")


def _run(person: Person, version: ModelVersion) -> Run:
    return person.client.get_run(version.run_id or "")


def _keep(page: Page, path: Path) -> None:
    """The window as a small PNG of few colours; where this machine keeps artifacts is left out."""
    page.wait_for_timeout(SETTLED_MS)
    for place in page.get_by_text("Path:").all():
        place.evaluate("element => element.style.visibility = 'hidden'")
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    take(sys.argv[1], Path(sys.argv[2]))
