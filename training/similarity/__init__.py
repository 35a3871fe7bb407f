"""Methods of item-item similarity, all in one table."""

from training.similarity.item_kernel import ItemKernel

ALGORITHMS: dict[str, ItemKernel] = {
    "cosine": ItemKernel(),
    "tfidf": ItemKernel(weighting="tfidf"),
    "bm25": ItemKernel(weighting="bm25"),
    "rp3beta": ItemKernel(
        user_exponent=1.0, source_exponent=0.78, target_exponent=0.17, sharpness=0.78
    ),
    "asymmetric": ItemKernel(
        user_exponent=0.63, source_exponent=0.55, target_exponent=0.19, sharpness=0.93
    ),
}
"""Every algorithm by name; what is one kernel with other exponents is one estimator."""
