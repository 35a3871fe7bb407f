"""Products that are described alike: for those that too few customers have bought to compare."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfVectorizer

from training.similarity.top_k_product import top_k_product

WORD = re.compile(r"\w+")


def content_neighbours(
    sources: Sequence[str], targets: Sequence[str], factors: NDArray[np.floating], k: int
) -> csr_array:
    """Cosine of the TF-IDF of descriptions, times a factor of the target; the top ``k``.

    Descriptions are titles, categories and brands. Source: Salton and Buckley, "Term-weighting
    approaches in automatic text retrieval", 1988.

    Returns
    -------
    csr_array of shape (n_sources, n_targets), float32

    Examples
    --------
    >>> near = content_neighbours(["red tea"], ["green tea", "red wine", "soap"], np.ones(3), k=3)
    >>> (near.toarray() > 0).tolist()
    [[True, True, False]]
    """
    if not len(sources) or not any(WORD.search(text) for text in targets):
        shape = (len(sources), len(targets))
        return csr_array((np.empty(0, np.float32), ([], [])), shape=shape)
    vectorizer = TfidfVectorizer(token_pattern=WORD.pattern, dtype=np.float32)
    described = csr_array(vectorizer.fit_transform(targets))
    asked = csr_array(vectorizer.transform(sources))
    return top_k_product(asked, csr_array(described.T.tocsr()), k, column_factors=factors)
