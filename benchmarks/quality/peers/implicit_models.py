"""Models of the library implicit: three item-item similarities and matrix factorisation."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.quality.peers.libraries import Library, fit_library, matrices
from benchmarks.quality.peers.search import Peer

NEIGHBOURS = {"K": (20, 100, 500)}


def cosine(**setting: Any) -> Library:
    """Sarwar et al., WWW 2001."""
    from implicit.nearest_neighbours import CosineRecommender  # type: ignore[import-untyped]

    return CosineRecommender(**setting)


def tfidf(**setting: Any) -> Library:
    """The same, on TF-IDF weights."""
    from implicit.nearest_neighbours import TFIDFRecommender

    return TFIDFRecommender(**setting)


def bm25(**setting: Any) -> Library:
    """The same, on BM25 weights."""
    from implicit.nearest_neighbours import BM25Recommender

    return BM25Recommender(**setting)


def als(**setting: Any) -> Library:
    """Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", 2008.

    BLAS keeps to one thread from here on, as implicit advises: its own threads call it.
    """
    from implicit.als import AlternatingLeastSquares  # type: ignore[import-untyped]

    threadpool_limits(1, "blas")
    return AlternatingLeastSquares(random_state=0, **setting)


IMPLICIT: Mapping[str, Peer] = {
    "implicit_cosine": Peer(
        partial(fit_library, make=cosine), {"K": 20}, NEIGHBOURS, inputs=matrices
    ),
    "implicit_tfidf": Peer(
        partial(fit_library, make=tfidf), {"K": 20}, NEIGHBOURS, inputs=matrices
    ),
    "implicit_bm25": Peer(
        partial(fit_library, make=bm25),
        {"K": 20, "K1": 1.2, "B": 0.75},
        {**NEIGHBOURS, "K1": (0.3, 1.2, 100.0), "B": (0.25, 0.75)},
        inputs=matrices,
    ),
    "implicit_als": Peer(
        partial(fit_library, make=als),
        {"factors": 100, "regularization": 0.01, "alpha": 1.0},
        {
            "factors": (50, 100, 256),
            "regularization": (0.01, 1.0, 10.0),
            "alpha": (1.0, 10.0, 40.0),
        },
        inputs=matrices,
    ),
}
"""Each with the library's defaults, and what is worth trying beside them."""
