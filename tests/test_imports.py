"""What imports what, and when: the data flows one way, help is quick, serving needs little."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
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


def rooms(folder: Path) -> Iterator[tuple[str, set[str]]]:
    """Every file's room, a folder or file of ``model`` or ``training``, and those it imports."""
    for top in ("model", "training"):
        for file in (folder / top).rglob("*.py"):
            imported = {
                ".".join(f"{node.module}.{alias.name}".split(".")[:2])
                for node in ast.walk(ast.parse(file.read_text("utf-8")))
                if isinstance(node, ast.ImportFrom) and node.module
                for alias in node.names
                if node.module.partition(".")[0] in ("model", "training")
            }
            room = ".".join(file.relative_to(folder).with_suffix("").parts[:2])
            yield room, imported - {room}


def in_order(folder: Path) -> list[str]:
    """The rooms, each after all that it imports."""
    imports: dict[str, set[str]] = {}
    for room, imported in rooms(folder):
        imports.setdefault(room, set()).update(imported)
    return list(TopologicalSorter(imports).static_order())


def test_no_two_rooms_import_each_other():
    order = in_order(ROOT)
    flow = ["events", "matrix", "fit", "evaluation", "ranking", "insight", "gate", "pipeline"]
    places = [order.index(f"training.{room}") for room in flow]
    assert places == sorted(places)


def test_a_circle_of_rooms_is_told(tmp_path: Path):
    for room, other in (("one", "two"), ("two", "one")):
        file = tmp_path / "training" / room / "code.py"
        file.parent.mkdir(parents=True)
        file.write_text(f"def late():\n    from training.{other} import code\n")
    with pytest.raises(CycleError):
        in_order(tmp_path)
