"""Which version a URI means, on a real SQLite registry; the versions here have no artifacts."""

from collections.abc import Iterator

import pytest
from mlflow import MlflowClient

from tests.stores import stored_in
from training.errors import InputError
from training.versions.opened import pinned


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A registered model with eleven versions: 11 is later than 9."""
    folder = tmp_path_factory.mktemp("registry")
    with stored_in(f"sqlite:///{folder / 'mlflow.db'}"):
        client = MlflowClient()
        client.create_registered_model("shop")
        for _ in range(11):
            client.create_model_version("shop", str(folder))
        client.set_registered_model_alias("shop", "champion", "9")
        yield


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("asked", "version"),
    [("/2", "2"), ("@champion", "9"), ("/champion", "9"), ("/latest", "11"), ("/Latest", "11")],
)
def test_a_registered_model_is_pinned_to_the_number_that_is_meant(asked: str, version: str) -> None:
    assert pinned(f"models:/shop{asked}") == (f"models:/shop/{version}", version)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("uri", ["models:/m-0123456789abcdef", "runs:/0/recommender", "folder"])
def test_what_is_not_registered_stays_as_given(uri: str) -> None:
    assert pinned(uri) == (uri, "")


@pytest.mark.usefixtures("shop")
def test_there_is_no_latest_version_of_a_model_that_is_not_there() -> None:
    with pytest.raises(InputError, match="'nobody' has no version 'latest'; allowed: none"):
        pinned("models:/nobody/latest")
