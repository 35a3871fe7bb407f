"""RecTools in its own environment, which uv makes from the package index."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from benchmarks.quality.answers import NotForThisError
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
