"""A version's configuration, read back."""

import pytest

from training.config import Knobs, MainConfig
from training.errors import InputError
from training.gate.configuration import read_back
from training.runs.tracking import params_of


def test_a_logged_configuration_reads_back_as_it_was() -> None:
    config = MainConfig(half_life_days=33.5, algorithm="cosine", k=7, event_weights="view=2")
    found = read_back("4", params_of(config))
    assert found.knobs == Knobs(**{n: getattr(config, n) for n in Knobs.model_fields})
    assert found.differs_from(config) == []
    assert found.missing == []


def test_what_mlflow_run_logged_as_plain_text_reads_back_too() -> None:
    params = params_of(MainConfig()) | {"event_weights": "view=1,cart=3,purchase=5"}
    assert read_back("4", params).differs_from(MainConfig(k=5)) == ["k"]


def test_settings_that_did_not_exist_are_named() -> None:
    params = params_of(MainConfig())
    del params["neighbours"]
    assert read_back("4", params).missing == ["neighbours"]


def test_a_version_without_configuration_is_refused() -> None:
    with pytest.raises(InputError, match="version 4 has no logged configuration"):
        read_back("4", {"events": "sample"})
