"""Aliases and their moves, on a real SQLite registry; the versions here have no artifacts."""

import getpass
import multiprocessing
import os
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path

import mlflow
import pytest
from mlflow import MlflowClient

from tests.stores import stored_in
from training.errors import InputError
from training.versions import registry
from training.versions.moves import moves

_names = (f"shop-{number}" for number in count())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with stored_in(f"sqlite:///{tmp_path_factory.mktemp('registry') / 'mlflow.db'}") as uri:
        yield uri


@pytest.fixture
def name(store: str, tmp_path: Path) -> str:
    """A registered model with three versions and no champion."""
    name, client = next(_names), MlflowClient()
    client.create_registered_model(name)
    for _ in range(3):
        client.create_model_version(name, str(tmp_path))
    return name


@pytest.fixture
def no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "check", lambda name, version: None)


def aliases(name: str) -> dict[str, str]:
    return {k: str(v) for k, v in MlflowClient().get_registered_model(name).aliases.items()}


def test_a_model_that_is_not_registered_has_no_champion(store: str) -> None:
    assert registry.champion("nobody") is None


def test_a_model_without_the_alias_has_no_champion(name: str) -> None:
    assert registry.champion(name) is None


def test_a_store_that_fails_is_not_taken_for_a_registry_without_champion(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(self: MlflowClient, name: str) -> None:
        raise mlflow.exceptions.MlflowException("the server is gone")

    monkeypatch.setattr(MlflowClient, "get_registered_model", down)
    with pytest.raises(mlflow.exceptions.MlflowException, match="the server is gone"):
        registry.champion(name)


def test_promotion_keeps_the_champion_before_as_previous(name: str) -> None:
    registry.promote(name, "1", "first")
    assert aliases(name) == {"champion": "1"}
    registry.promote(name, "2", "better")
    assert aliases(name) == {"champion": "2", "previous": "1"}


def test_promoting_the_champion_again_moves_nothing(name: str) -> None:
    registry.promote(name, "1", "first")
    registry.promote(name, "2", "better")
    assert registry.promote(name, "2", "again") is None
    assert aliases(name) == {"champion": "2", "previous": "1"}
    assert len(moves(name)) == 2


def test_every_move_says_who_when_from_to_and_why(name: str) -> None:
    registry.promote(name, "1", "first")
    registry.promote(name, "2", "better")
    first, second = moves(name)
    assert (first.from_version, first.to_version, first.why) == (None, "1", "first")
    assert (second.from_version, second.to_version, second.why) == ("1", "2", "better")
    assert "@" in second.by
    assert first.at < second.at
    tags = MlflowClient().get_model_version(name, "2").tags
    assert {"moved_kind": "promote", "moved_from_version": "1", "moved_why": "better"}.items() <= (
        tags.items()
    )


def test_promotion_is_refused_when_the_champion_is_not_the_one_compared(name: str) -> None:
    registry.promote(name, "1", "first")
    with pytest.raises(registry.ChampionMovedError, match="champion was 3, and is 1"):
        registry.promote(name, "2", "better", expected="3")
    with pytest.raises(registry.ChampionMovedError, match="champion was None, and is 1"):
        registry.promote(name, "2", "better", expected=None)
    assert aliases(name) == {"champion": "1"}


@pytest.mark.usefixtures("no_check")
def test_each_rollback_goes_one_version_further_back(name: str) -> None:
    for version in "123":
        registry.promote(name, version, "")
    registry.rollback(name, "bad")
    assert aliases(name) == {"champion": "2", "previous": "1"}
    registry.rollback(name, "still bad")
    assert aliases(name) == {"champion": "1"}
    with pytest.raises(InputError, match="no version before champion 1"):
        registry.rollback(name, "worse")


@pytest.mark.usefixtures("no_check")
def test_rollbacks_never_go_in_a_circle(name: str) -> None:
    for version in "1232":
        registry.promote(name, version, "")
    answered = [registry.rollback(name, "bad").to_version for _ in range(3)]
    assert answered == ["3", "2", "1"]
    registry.promote(name, "3", "mended")
    assert registry.rollback(name, "not so").to_version == "1"
    assert aliases(name) == {"champion": "1"}


@pytest.mark.usefixtures("no_check")
def test_no_rollback_leads_to_a_version_whose_customer_was_erased(name: str) -> None:
    registry.promote(name, "1", "")
    registry.promote(name, "2", "one customer's data erased")
    MlflowClient().set_model_version_tag(name, "1", "erased_in", "2")
    MlflowClient().delete_registered_model_alias(name, "previous")
    registry.promote(name, "3", "trained since")
    registry.rollback(name, "bad")
    assert aliases(name) == {"champion": "2"}
    with pytest.raises(InputError, match="no version before champion 2"):
        registry.rollback(name, "still bad")


def test_a_version_whose_customer_was_erased_does_not_answer_again(name: str) -> None:
    MlflowClient().set_model_version_tag(name, "1", "erased_in", "2")
    with pytest.raises(InputError, match=r"/1 is refused, the champion stays: .* version 2 took"):
        registry.check(name, "1")


@pytest.mark.usefixtures("no_check")
def test_a_promotion_cut_short_between_its_two_steps_can_be_rolled_back(name: str) -> None:
    registry.promote(name, "1", "")
    registry.promote(name, "2", "")
    MlflowClient().set_registered_model_alias(name, "previous", "2")
    registry.rollback(name, "cut short")
    assert aliases(name)["champion"] == "1"


def test_there_is_nothing_to_roll_back_without_champion(name: str) -> None:
    with pytest.raises(InputError, match="no champion to roll back from"):
        registry.rollback(name, "")


def test_a_version_that_does_not_load_is_refused_and_the_champion_stays(name: str) -> None:
    registry.promote(name, "1", "")
    with pytest.raises(InputError, match=r"models:/shop-\d+/2 is refused, the champion stays: "):
        registry.check(name, "2")
    assert aliases(name) == {"champion": "1"}


@pytest.mark.parametrize(("asked", "version"), [("2", "2"), ("champion", "1")])
def test_a_version_is_found_by_number_and_by_alias(name: str, asked: str, version: str) -> None:
    registry.promote(name, "1", "")
    assert str(registry.resolve(name, asked).version) == version


@pytest.mark.parametrize("asked", ["77", "champion"])
def test_an_unknown_version_is_named_with_what_is_allowed(name: str, asked: str) -> None:
    with pytest.raises(InputError, match=f"no version '{asked}'; allowed: 1, 2, 3"):
        registry.resolve(name, asked)


def test_an_unknown_model_is_named(store: str) -> None:
    with pytest.raises(InputError, match="nothing is registered by this name"):
        registry.resolve("nobody", "1")


def _promote_many(uri: str, name: str, versions: str) -> None:
    mlflow.set_tracking_uri(uri)
    for version in versions:
        registry.promote(name, version, "race")


@pytest.mark.slow
def test_promotions_at_the_same_time_leave_one_champion_and_a_log_without_gaps(
    store: str, name: str
) -> None:
    registry.promote(name, "1", "first")
    context = multiprocessing.get_context("spawn")
    racers = [
        context.Process(target=_promote_many, args=(store, name, versions))
        for versions in ("2323", "3232")
    ]
    for racer in racers:
        racer.start()
    seen = set()
    while any(racer.is_alive() for racer in racers):
        seen.add(aliases(name).get("champion"))
    for racer in racers:
        racer.join()
    assert [racer.exitcode for racer in racers] == [0, 0]
    assert None not in seen
    chain = moves(name)
    assert all(a.to_version == b.from_version for a, b in pairwise(chain))
    assert aliases(name)["champion"] == chain[-1].to_version
    assert aliases(name)["previous"] == chain[-1].from_version


def test_a_user_without_a_name_is_recorded_by_number(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert registry.promote(name, "1", "first")
    [move] = moves(name)
    assert move.by.startswith(f"uid {os.getuid()}@")
