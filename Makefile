.PHONY: install test lint format types check pins

install:  ## the pinned environment, and the checks before every commit
	uv sync && uv run pre-commit install

test:  ## every test, as README says it
	uv run pytest

lint:
	uv run ruff check . && uv run ruff format --check .

format:
	uv run ruff check --fix . && uv run ruff format .

types:
	uv run mypy

check: test lint types  ## what .ci/run does

pins:  ## compile the exact pins from requirements/*.in, and write MLproject
	uv pip compile -q --python-version 3.11 --universal requirements/serve.in -o requirements/serve.txt
	uv pip compile -q --python-version 3.11 --universal requirements/train.in -c requirements/serve.txt -o requirements.txt
	uv pip compile -q --python-version 3.11 --universal requirements/dev.in -c requirements.txt -o requirements/dev.txt
	uv pip compile -q --python-version 3.11 --universal requirements/rectools.in -o requirements/rectools.txt
	uv run python -m training.mlproject > MLproject.new && mv MLproject.new MLproject
