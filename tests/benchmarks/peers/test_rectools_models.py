"""RecTools in its own environment, which uv makes from the package index."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix, save_npz

from benchmarks.datasets import from_matrices
from benchmarks.quality.answers import NotForThisError
from benchmarks.quality.peers import rectools_models
from benchmarks.quality.peers.rectools_models import RecTools, process


@pytest.mark.slow
@pytest.mark.parametrize("model", [("ease", {"regularization": 0.1}), ("pure_svd", {"factors": 2})])
def test_a_checkerboard_is_completed(model: tuple[str, dict]) -> None:
    board = np.indices((8, 6)).sum(axis=0) % 2 == 0  # even customers buy even products
    board[0, 0] = False
    name, setting = model
    try:
        process()
    except NotForThisError as error:
        pytest.skip(str(error))
    peer = RecTools(name, **setting)
    peer.fit(csr_matrix(board.astype(np.float32)))
    items, _ = peer.recommend(np.array([0, 1]), csr_matrix(board), N=3)
    assert set(items[0]) == {0, 2, 4}
    assert set(items[1]) == {1, 3, 5}


def test_no_more_factors_than_the_past_has_customers_and_products(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three of five products and four customers are known before the test."""
    for name, items in (("train", [0, 1, 2, 0]), ("test", [3, 4, 3, 4])):
        pairs = csr_array((np.ones(4), (range(4), items)), shape=(4, 5))
        save_npz(tmp_path / f"{name}.npz", pairs)
    protocol = from_matrices(tmp_path / "train.npz", tmp_path / "test.npz")
    monkeypatch.setattr(rectools_models, "fit_library", lambda protocol, setting, make: setting)
    setting = {"factors": 64, "squared": True}
    assert rectools_models.fit_pure_svd(protocol, setting) == {"factors": 2, "squared": True}
