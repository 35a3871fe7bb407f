.PHONY: pins test lint types check

pins:  ## compile the exact pins from requirements/*.in
	uv pip compile -q --python-version 3.11 --universal requirements/serve.in -o requirements/serve.txt
	uv pip compile -q --python-version 3.11 --universal requirements/train.in -c requirements/serve.txt -o requirements.txt
	uv pip compile -q --python-version 3.11 --universal requirements/dev.in -c requirements.txt -o requirements/dev.txt

test:  ## every test, as README says it
	uv run pytest

lint:
	uv run ruff check . && uv run ruff format --check .

types:
	uv run mypy

check: test lint types  ## what CI runs
