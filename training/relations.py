"""Relate products to one another: what is like them, and what is bought with them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from model.columns import BRAND, CATEGORY, TITLE
from model.id_index import UNKNOWN_ROW, IdIndex
from model.recommender import Recommender
from model.relations import Relation
from model.scenarios import SIMILAR, TOGETHER
from training.config import Knobs
from training.events.baskets import baskets
from training.events.log import EventLog
from training.fit import comparable
from training.similarity import KERNELS
from training.similarity.content import content_neighbours

OF_BASKETS = KERNELS["asymmetric"]
"""How baskets are compared, so that large ones and best sellers say less.

Not by regression: it tells what is like a product, and less of what lies beside it in the basket
(`docs/experiments.md`).
"""

DESCRIBED_ALIKE = 20
"""Neighbours of a product that is known by its description only."""

FAVOUR = 0.1
"""By so much at the most the best seller comes before others that are described alike."""


def relations(
    log: EventLog, recommender: Recommender, catalogue: pd.DataFrame | None, knobs: Knobs
) -> Mapping[str, Relation]:
    """Both relations by the scenario that answers with them."""
    products = recommender.matrix.products
    kept = comparable(baskets(log), knobs.min_customers)
    together = OF_BASKETS.with_k(knobs.k).fit(kept).similarity_
    return {
        SIMILAR: similar(recommender, catalogue),
        TOGETHER: Relation(products, together),
    }


def similar(recommender: Recommender, catalogue: pd.DataFrame | None) -> Relation:
    """What the customers of a product also like; without enough of them, what is described alike.

    With a catalogue, products may be asked about that nobody has bought yet. What is shown is
    always a product with customers.
    """
    products = recommender.matrix.products
    liked = recommender.strategies["similar_items"].similarity  # type: ignore[attr-defined]
    if catalogue is None or not {TITLE, CATEGORY, BRAND} & set(catalogue):
        return Relation(products, liked)
    own = products.ids_of(range(len(products)))
    sources = IdIndex.from_ids([*own, *catalogue.index])
    ids = sources.ids_of(range(len(sources)))
    rows = products.rows_of(ids)
    texts = _descriptions(catalogue, ids)
    lengths = np.append(np.diff(liked.indptr), 0)  # the last one stands for -1, an unknown row
    unlike = np.flatnonzero((lengths[rows] == 0) & (texts != ""))
    targets = np.flatnonzero(lengths[:-1] > 0)
    popularity = recommender.popular.popularity[targets]
    # Many products share a description, whose neighbours are looked for once.
    place, asked = pd.factorize(texts[unlike], sort=True)
    alike = content_neighbours(
        asked.tolist(),
        _descriptions(catalogue, [own[target] for target in targets]).tolist(),
        1 + FAVOUR * popularity / max(float(popularity.max(initial=0)), 1e-9),
        DESCRIBED_ALIKE,
    )
    return Relation(sources, _completed(liked, rows, unlike, csr_array(alike[place]), targets))


def _completed(
    liked: csr_array,
    rows: NDArray[np.int64],
    unlike: NDArray[np.int64],
    alike: csr_array,
    targets: NDArray[np.int64],
) -> csr_array:
    """Each source's row of ``liked`` (none for -1), or of ``alike`` where it is one of them."""
    shape = (len(unlike), liked.shape[1])
    spread = csr_array((alike.data, targets[alike.indices], alike.indptr), shape=shape)
    nothing = csr_array((1, liked.shape[1]), dtype=np.float32)
    stacked = csr_array(vstack([liked, nothing, spread], format="csr"))
    order = np.where(rows == UNKNOWN_ROW, liked.shape[0], rows)
    order[unlike] = liked.shape[0] + 1 + np.arange(len(unlike))
    return csr_array(stacked[order])


def _descriptions(catalogue: pd.DataFrame, ids: list[str]) -> NDArray[np.object_]:
    """Title, category and brand of products in one text; empty for what the catalogue lacks."""
    named = [name for name in (TITLE, CATEGORY, BRAND) if name in catalogue]
    found = catalogue.reindex(ids)[named].fillna("")
    texts = found[named[0]]
    for name in named[1:]:
        texts = texts + " " + found[name]
    return texts.str.strip().to_numpy(object)
