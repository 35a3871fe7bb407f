"""README's two lines are the ones that this repository answers to."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"

needs_readme = pytest.mark.skipif(not README.is_file(), reason="README.md is not written yet")


def blocks() -> list[str]:
    """The ``sh`` blocks of the section Quick start, in order."""
    text = README.read_text(encoding="utf-8")
    section = re.split(r"^## ", text.partition("## Quick start")[2], flags=re.MULTILINE)[0]
    return [block.strip() for block in re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)]


@needs_readme
def test_the_first_two_blocks_hold_one_line_each():
    first, second = blocks()[:2]
    assert "\n" not in first
    assert "\n" not in second


@needs_readme
def test_the_first_runs_the_main_job_with_the_mlflow_that_is_pinned():
    first = blocks()[0]
    assert "mlflow run ." in first
    named = re.search(r"mlflow==([\d.]+)", first)
    if named:
        assert f"mlflow=={named[1]}" in (ROOT / "requirements.txt").read_text().splitlines()


@needs_readme
def test_the_second_runs_the_tests_as_make_and_ci_do():
    second = blocks()[1]
    assert second.endswith("uv run pytest")
    assert "\tuv run pytest\n" in (ROOT / "Makefile").read_text()
    assert "step uv run pytest\n" in (ROOT / ".ci" / "run").read_text()


def test_ci_checks_lint_format_and_types():
    text = (ROOT / ".ci" / "run").read_text()
    for command in ("ruff check .", "ruff format --check .", "mypy"):
        assert f"step uv run {command}\n" in text


def test_hooks_before_a_commit_fetch_nothing():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]


def test_the_licence_is_the_one_that_pyproject_names():
    licence = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]
    assert (ROOT / "LICENSE").read_text().startswith(f"{licence} License")
