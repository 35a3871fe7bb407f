"""Which estimator a configuration and a matrix get."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from training import similarity
from training.config import Knobs
from training.similarity import KERNELS, similarity_for
from training.similarity.local_ridge import LocalRidge

TASTE = csr_array(np.eye(4))


@pytest.mark.parametrize(("dated", "penalty"), [(True, 600), (False, 150)])
def test_regression_is_more_cautious_where_a_future_is_told(dated: bool, penalty: float):
    assert similarity_for(TASTE, Knobs(), dated) == LocalRidge(penalty=penalty)
    chosen = similarity_for(TASTE, Knobs(ridge_penalty=0.5, k=7), dated)
    assert chosen == LocalRidge(penalty=penalty / 2, k=7)


def test_a_kernel_is_taken_where_it_is_asked_for():
    assert similarity_for(TASTE, Knobs(algorithm="bm25", k=7), True) == KERNELS["bm25"].with_k(7)


def test_a_very_large_catalogue_is_compared_by_a_kernel(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(similarity, "MOST_REGRESSED", 3)
    assert similarity_for(TASTE, Knobs(), True) == KERNELS["asymmetric"].with_k(100)
    assert isinstance(similarity_for(TASTE, Knobs(algorithm="ridge"), True), LocalRidge)
