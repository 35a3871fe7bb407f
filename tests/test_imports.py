"""What is imported when: help should be quick, and serving needs no more than what ships."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SAID = "; import json, sys; print(json.dumps(list(sys.modules)))"
NOT_FOR_HELP = {"mlflow", "numpy", "pandas", "scipy", "pyarrow", "duckdb", "lightgbm", "numba"}
NOT_FOR_SERVING = {"training", "sklearn", "duckdb", "lightgbm", "numba", "optuna", "matplotlib"}


def imported_by(code: str) -> set[str]:
    """Top-level packages in a fresh process that has run some code."""
    done = subprocess.run(
        [sys.executable, "-c", code + SAID], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize("arguments", [["--help"], ["main", "--help"], ["serve", "--help"]])
def test_help_imports_nothing_that_takes_long(arguments):
    asked = f"from training.__main__ import cli; cli({arguments}, standalone_mode=False)"
    assert not imported_by(asked) & NOT_FOR_HELP


def test_what_answers_imports_nothing_that_trains():
    assert not imported_by("import model.app, model.pyfunc") & NOT_FOR_SERVING


def test_the_supervisor_needs_nothing_but_python():
    packages = imported_by("import training.serving.serve, training.serving.supervisor")
    assert not packages & {*NOT_FOR_HELP, "uvicorn", "pydantic"}
