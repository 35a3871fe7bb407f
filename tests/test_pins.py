"""One source of pins: requirements/*.in, compiled; every other file that names a package agrees."""

import re
import tomllib
from pathlib import Path

import yaml

from training.mlproject import mlproject
from training.versions.logged_model import pinned_requirements

ROOT = Path(__file__).parent.parent
COMPILED = {
    "serve": "requirements/serve.txt",
    "train": "requirements.txt",
    "dev": "requirements/dev.txt",
}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def versions(lines: list[str]) -> dict[str, set[str]]:
    """Package -> its exact versions; several where Pythons or platforms need different ones."""
    found: dict[str, set[str]] = {}
    for line in lines:
        package, _, version = line.partition(";")[0].strip().partition("==")
        found.setdefault(package, set()).add(version)
    return found


def pinned_lines(file: str) -> list[str]:
    """The lines of a compiled file that name a package."""
    lines = (line.strip() for line in (ROOT / file).read_text().splitlines())
    return [line for line in lines if line[:1].isalnum()]


def pins(file: str) -> dict[str, set[str]]:
    return versions(pinned_lines(file))


def asked_for(file: str) -> list[str]:
    """Packages that a person wrote into an input file."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / file).read_text().splitlines())
    return [re.split(r"[=<>;\[ ]", line)[0] for line in lines if line and line[0] != "-"]


def test_every_requirement_is_an_exact_version():
    for file in COMPILED.values():
        for line in pinned_lines(file):
            assert re.match(r"[a-z0-9-]+==[\w.+!]+( ; .*)?$", line), f"{file}: {line}"


def test_what_was_asked_for_is_pinned():
    for name, compiled in COMPILED.items():
        for package in asked_for(f"requirements/{name}.in"):
            assert package.replace("_", "-") in pins(compiled), f"{package}: run make pins"


def test_serving_is_a_part_of_training_is_a_part_of_development():
    serve, train, dev = (pins(file) for file in COMPILED.values())
    assert serve.items() <= train.items()
    assert train.items() <= dev.items()


def test_conda_yaml_installs_requirements_txt_for_the_python_of_pyproject():
    conda = yaml.safe_load((ROOT / "conda.yaml").read_text())
    python, pip, by_pip = conda["dependencies"]
    assert python == "python=3.11"
    assert pip == "pip"
    assert by_pip == {"pip": ["-r requirements.txt"]}
    assert PYPROJECT["project"]["requires-python"] == ">=3.11"


def test_pyproject_takes_its_dependencies_from_the_same_files():
    dynamic = PYPROJECT["tool"]["setuptools"]["dynamic"]
    assert dynamic["dependencies"]["file"] == ["requirements.txt"]
    assert dynamic["optional-dependencies"]["dev"]["file"] == ["requirements/dev.txt"]
    assert "dependencies" not in PYPROJECT["project"]


def test_a_logged_model_requires_exactly_the_serving_pins():
    assert pinned_requirements() == pinned_lines("requirements/serve.txt")


def test_mlproject_is_what_the_configuration_says():
    assert (ROOT / "MLproject").read_text() == mlproject(), "run make pins"


def test_every_mlproject_parameter_is_typed_and_defaulted_and_used():
    for point in yaml.safe_load(mlproject())["entry_points"].values():
        for name, parameter in point["parameters"].items():
            assert parameter["type"] in ("string", "float")
            assert isinstance(parameter["default"], str)
            assert f"--{name} {{{name}}}" in point["command"]


def test_no_file_names_a_package_registry_or_a_machine():
    forbidden = re.compile(r"--index-url|--find-links|/(home/\w|root/|tmp/)", re.IGNORECASE)
    files = [*ROOT.glob("requirements*/*"), ROOT / "requirements.txt", ROOT / "pyproject.toml"]
    for file in [*files, ROOT / "conda.yaml", ROOT / "MLproject", ROOT / "Makefile"]:
        if file.is_file():
            assert not forbidden.search(file.read_text()), file
