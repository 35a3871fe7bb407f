"""Other people's methods: two libraries as they are installed, two papers in our own code."""

from collections.abc import Mapping
from functools import partial

from benchmarks.quality.answers import Method
from benchmarks.quality.peers.implicit_models import IMPLICIT
from benchmarks.quality.peers.rectools_models import RECTOOLS
from benchmarks.quality.peers.search import tuned
from benchmarks.quality.peers.tifu_knn import TIFU_KNN
from benchmarks.quality.peers.up_cf import UP_CF

PEERS: Mapping[str, Method] = {
    name: partial(tuned, peer=peer)
    for name, peer in {**IMPLICIT, **RECTOOLS, "tifu_knn": TIFU_KNN, "up_cf": UP_CF}.items()
}
"""Every peer by the name that ``--methods`` takes."""
