import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.events import pairs as grouping
from training.events.pairs import pairs_of

EVENTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=40)


@given(EVENTS)
def test_every_event_is_in_its_pair_and_those_of_a_pair_stay_as_they_came(events):
    users, items = np.array(events, int).reshape(-1, 2).T
    pairs = pairs_of(users, items, 5, 4)
    expected: dict[tuple[int, int], list[int]] = {}
    for event, pair in enumerate(events):
        expected.setdefault(pair, []).append(event)
    user_of = np.repeat(np.arange(5), np.diff(pairs.indptr))
    found = {
        (int(user), int(item)): pairs.order[start:end].tolist()
        for user, item, start, end in zip(
            user_of, pairs.indices, pairs.starts[:-1], pairs.starts[1:], strict=True
        )
    }
    assert found == expected
    assert list(found) == sorted(expected)


@given(EVENTS, st.integers(1, 7))
def test_blocks_cover_every_pair_once(events, size):
    users, items = np.array(events, int).reshape(-1, 2).T
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "BLOCK_EVENTS", size)
        pairs = pairs_of(users, items, 5, 4)
        blocks = list(pairs.blocks())
    assert [pair for block in blocks for pair in range(block.start, block.stop)] == list(
        range(len(pairs))
    )
    assert sum(pairs.lengths(block).sum() for block in blocks) == len(events)
    assert [event for block in blocks for event in pairs.events(block)] == pairs.order.tolist()
