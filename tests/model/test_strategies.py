"""What holds for every strategy, every similarity algorithm and every scenario."""

import copy
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model import storage
from model.id_index import UNKNOWN_ROW
from model.matrix import Histories
from model.rankers import Blend
from model.recommender import NO_ITEM, Recommender
from model.scenarios import SCENARIOS
from model.strategies import STRATEGIES
from training.config import Knobs
from training.events.log import EventLog
from training.events.read import read_events
from training.events.split import learning_windows
from training.fit import fit
from training.matrix.user_item import end_of
from training.precompute import with_lists
from training.ranking.learn import learn_rankers, ranked_by
from training.similarity import ALGORITHMS

N_CUSTOMERS, N_PRODUCTS = 24, 12
K = 10


def is_bought(customer: int, product: int) -> bool:
    """A checkerboard with one hole a customer: even ones buy even products, odd ones odd."""
    return (customer + product) % 2 == 0 and product != hole(customer)


def hole(customer: int) -> int:
    """The one product of a customer's colour that they did not buy."""
    return customer % N_PRODUCTS


@pytest.fixture(scope="module")
def checkerboard_log(tmp_path_factory: pytest.TempPathFactory) -> EventLog:
    path = tmp_path_factory.mktemp("checkerboard") / "events.csv"
    rows = [
        f"u{customer:02},p{product:02},2024-01-{1 + (customer * 7 + product * 5) % 28:02}"
        for customer in range(N_CUSTOMERS)
        for product in range(N_PRODUCTS)
        if is_bought(customer, product)
    ]
    path.write_text("user_id,product_id,timestamp\n" + "\n".join(rows))
    return read_events(str(path), Knobs().event_weights)


@pytest.fixture(scope="module")
def checkerboard(checkerboard_log: EventLog) -> Recommender:
    return fit(checkerboard_log, Knobs(low_pass_vectors=2), end_of(checkerboard_log))


@pytest.fixture(scope="session")
def learnt(shop_log: EventLog, knobs: Knobs, recommender: Recommender) -> Recommender:
    """The shop's recommender with the rankers that the main job would learn."""
    windows = learning_windows(shop_log, np.random.default_rng(0))
    return ranked_by(recommender, learn_rankers(windows, knobs, np.random.default_rng(0)))


@pytest.fixture(params=["even blend", "learnt"])
def ranked(request: pytest.FixtureRequest, recommender: Recommender) -> Recommender:
    """The shop's recommender, with each kind of ranker."""
    return recommender if request.param == "even blend" else request.getfixturevalue("learnt")


def everybody(recommender: Recommender) -> Histories:
    return recommender.matrix.histories(np.arange(recommender.matrix.shape[0]))


def bought(recommender: Recommender) -> NDArray[np.bool_]:
    return everybody(recommender).bought.toarray() > 0


def scores_of(recommender: Recommender, name: str) -> NDArray[np.float32]:
    return recommender.strategies[name].score(everybody(recommender))


def bytes_of(value: object, folder: Path) -> dict[str, bytes]:
    storage.save(value, folder)  # type: ignore[arg-type]
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# Every strategy


def test_every_strategy_in_the_table_is_fitted(recommender: Recommender):
    assert list(recommender.strategies) == list(STRATEGIES)


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name != "buy_again"])
def test_on_a_checkerboard_the_product_that_is_missing_is_the_best_new_one(
    checkerboard: Recommender, name: str
):
    scores = scores_of(checkerboard, name)
    for customer, row in enumerate(np.where(bought(checkerboard), -np.inf, scores)):
        assert int(row.argmax()) == hole(customer)
        assert (row > row[hole(customer)] * (1 - 1e-6)).sum() == 1


def test_on_a_checkerboard_what_is_bought_again_is_what_was_bought(checkerboard: Recommender):
    np.testing.assert_array_equal(scores_of(checkerboard, "buy_again") > 0, bought(checkerboard))


@pytest.mark.parametrize("name", STRATEGIES)
def test_scores_are_finite_and_not_negative_and_say_something(recommender: Recommender, name: str):
    scores = scores_of(recommender, name)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert (scores > 0).any(axis=1).mean() > 0.9


@pytest.mark.parametrize("name", STRATEGIES)
def test_one_customer_is_scored_alone_as_among_all(recommender: Recommender, name: str):
    together = scores_of(recommender, name)
    for row in range(0, recommender.matrix.shape[0], 7):
        alone = recommender.strategies[name].score(recommender.matrix.histories(np.array([row])))
        np.testing.assert_allclose(alone[0], together[row], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_customer_without_a_history_gets_no_opinion(recommender: Recommender, name: str):
    nobody = recommender.matrix.fold_in(-1, np.empty(0, np.int64))
    assert not recommender.strategies[name].score(nobody).any()


@pytest.mark.parametrize("name", STRATEGIES)
def test_scoring_changes_nothing_it_is_given(recommender: Recommender, name: str):
    histories = everybody(recommender)
    before = copy.deepcopy(histories)
    recommender.strategies[name].score(histories)
    np.testing.assert_array_equal(histories.weights.data, before.weights.data)
    np.testing.assert_array_equal(histories.weights.indices, before.weights.indices)
    for fact, values in vars(histories.facts).items():
        np.testing.assert_array_equal(values, getattr(before.facts, fact))


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_folded_in_customer_is_scored_as_the_stored_one(recommender: Recommender, name: str):
    together = scores_of(recommender, name)
    for row in (0, 41, 79):
        folded = recommender.matrix.fold_in(row, np.empty(0, np.int64))
        again = recommender.strategies[name].score(folded)[0]
        np.testing.assert_allclose(again, together[row], rtol=1e-5, atol=1e-7)


def test_no_customer_is_their_own_neighbour(recommender: Recommender):
    fitted = recommender.strategies["similar_customers"]
    neighbours = fitted.neighbours(everybody(recommender))
    assert not neighbours[fitted.user_rows, np.arange(len(fitted.user_rows))].any()


def test_who_bought_nothing_new_of_late_is_nobodys_neighbour(tmp_path: Path):
    # All bought a and b; u1 long ago. The others also bought c lately, u0 not yet.
    path = tmp_path / "events.csv"
    rows = [f"u1,{product},2020-01-01" for product in ("a", "b", "d")]
    rows += [f"u{user},{product},2024-01-0{user}" for user in (2, 3) for product in ("a", "b", "c")]
    rows += [f"u0,{product},2024-01-03" for product in ("a", "b")]
    path.write_text("user_id,product_id,timestamp\n" + "\n".join(rows))
    log = read_events(str(path), Knobs().event_weights)
    fitted = fit(log, Knobs(min_customers=1), end_of(log))
    similar = fitted.strategies["similar_customers"]
    assert fitted.matrix.users.ids_of(similar.user_rows) == ["u0", "u2", "u3"]
    scores = similar.score(fitted.history(fitted.matrix.users.row("u0")))[0]
    liked = dict(zip(fitted.matrix.products.ids_of(range(4)), scores, strict=True))
    assert liked["c"] > 0
    assert liked["d"] == 0


# Every similarity algorithm


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_solves_the_checkerboard(checkerboard_log: EventLog, algorithm: str):
    fitted = fit(checkerboard_log, Knobs(algorithm=algorithm), end_of(checkerboard_log))
    discovered = fitted.recommend_rows(np.arange(N_CUSTOMERS), 1, "discover")[:, 0]
    assert discovered.tolist() == [hole(customer) for customer in range(N_CUSTOMERS)]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_similarities_are_positive_and_between_different_products(
    shop_log: EventLog, algorithm: str
):
    knobs = Knobs(algorithm=algorithm, k=7)
    similarity = fit(shop_log, knobs, end_of(shop_log)).strategies["similar_items"].similarity
    assert np.isfinite(similarity.data).all()
    assert (similarity.data > 0).all()
    assert not similarity.diagonal().any()
    assert np.diff(similarity.indptr).max() == 7


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_log_and_seed_give_the_same_bytes(
    shop_log: EventLog, tmp_path: Path, algorithm: str
):
    knobs = Knobs(algorithm=algorithm)
    one, other = (fit(shop_log, knobs, end_of(shop_log)) for _ in range(2))
    assert bytes_of(one, tmp_path / "one") == bytes_of(other, tmp_path / "other")


@pytest.mark.slow
def test_the_same_seed_learns_the_same_ranking(
    shop_log: EventLog, knobs: Knobs, learnt: Recommender, recommender: Recommender, tmp_path: Path
):
    windows = learning_windows(shop_log, np.random.default_rng(0))
    again = ranked_by(recommender, learn_rankers(windows, knobs, np.random.default_rng(0)))
    assert bytes_of(learnt, tmp_path / "one") == bytes_of(again, tmp_path / "other")


def test_fitting_changes_nothing_in_the_log(shop_log: EventLog, knobs: Knobs):
    before = shop_log.frame.copy(deep=True)
    fit(shop_log, knobs, end_of(shop_log))
    assert shop_log.frame.equals(before)


# Every scenario


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("k", [1, 10, 100])
def test_lists_have_k_different_products_at_the_most_with_padding_at_the_end(
    ranked: Recommender, scenario: str, k: int
):
    n_users, n_items = ranked.matrix.shape
    lists = ranked.recommend_rows(np.arange(n_users), k, scenario)
    assert lists.shape == (n_users, k)
    for row in lists:
        shown = row[row != NO_ITEM]
        assert len(set(shown.tolist())) == len(shown)
        assert (row[: len(shown)] != NO_ITEM).all()
        assert ((shown >= 0) & (shown < n_items)).all()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_shorter_list_is_the_beginning_of_a_longer_one(ranked: Recommender, scenario: str):
    for user_id in ("000", "017", "nobody"):
        longer = ranked.recommend(user_id, 20, scenario)
        assert ranked.recommend(user_id, 5, scenario) == longer[:5]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_one_and_many_agree(ranked: Recommender, scenario: str):
    n_users = ranked.matrix.shape[0]
    together = ranked.recommend_rows(np.arange(n_users), K, scenario)
    for row, user_id in enumerate(ranked.matrix.users.ids_of(range(n_users))):
        rows = together[row][together[row] != NO_ITEM]
        assert ranked.recommend(user_id, K, scenario) == ranked.matrix.products.ids_of(rows)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_order_of_customers_asked_for_does_not_matter(ranked: Recommender, scenario: str):
    shuffled = np.random.default_rng(0).permutation(ranked.matrix.shape[0])
    lists = ranked.recommend_rows(np.arange(len(shuffled)), K, scenario)
    np.testing.assert_array_equal(ranked.recommend_rows(shuffled, K, scenario), lists[shuffled])


def test_bought_products_are_not_recommended_for_discovery(ranked: Recommender):
    lists = ranked.recommend_rows(np.arange(ranked.matrix.shape[0]), 100, "discover")
    own = bought(ranked)
    for row, items in enumerate(lists):
        assert not own[row, items[items != NO_ITEM]].any()


def test_what_was_looked_at_may_be_discovered_and_is_not_unseen(ranked: Recommender):
    everybody = ranked.matrix.everybody()
    looked_at = everybody.with_data(everybody.facts.looks).toarray() > 0
    own, sold = bought(ranked), set(ranked.popular.order.tolist())
    assert (looked_at & ~own).any()
    lists = ranked.recommend_scenarios(everybody.user_rows, 100, ("discover", "unseen"))
    for row, (discovered, unseen) in enumerate(zip(*lists.values(), strict=True)):
        new = sold - set(np.flatnonzero(own[row]).tolist())
        assert set(discovered[discovered != NO_ITEM].tolist()) == new
        not_looked_at = new - set(np.flatnonzero(looked_at[row]).tolist())
        assert set(unseen[unseen != NO_ITEM].tolist()) == not_looked_at


def test_what_is_unseen_is_ranked_as_what_is_discovered(ranked: Recommender):
    backwards = Blend(np.full(len(ranked.strategies) + 1, -1, np.float32))
    turned = replace(ranked, rankers={**ranked.rankers, "discover": backwards})
    row = np.array([0])
    unseen, turned_round = (each.recommend_rows(row, K, "unseen") for each in (ranked, turned))
    assert (unseen != turned_round).any()


def test_a_look_of_this_moment_is_a_look(ranked: Recommender):
    item = int(ranked.popular.order[0])
    history = ranked.history(UNKNOWN_ROW, ranked.matrix.products.ids_of([item]))
    assert item in ranked.rank(history, 100, "discover")
    assert item not in ranked.rank(history, 100, "unseen")


def test_only_bought_products_are_recommended_to_buy_again(ranked: Recommender):
    lists = ranked.recommend_rows(np.arange(ranked.matrix.shape[0]), 100, "buy_again")
    own = bought(ranked)
    for row, items in enumerate(lists):
        assert set(items[items != NO_ITEM].tolist()) == set(np.flatnonzero(own[row]).tolist())


@pytest.mark.parametrize("scenario", list(SCENARIOS))
@pytest.mark.parametrize("user_id", ["000", "nobody"])
def test_what_a_customer_is_looking_at_is_not_shown(
    ranked: Recommender, user_id: str, scenario: str
):
    before = ranked.recommend(user_id, 100, scenario)
    session = ranked.recommend("000", 2, scenario)
    after = ranked.recommend(user_id, 100, scenario, recent_products=session)
    assert set(after) == set(before) - set(session)


def test_what_was_looked_at_is_nothing_to_buy_again(ranked: Recommender):
    before = ranked.recommend("000", 100, "buy_again")
    session = [
        product for product in ranked.matrix.products.ids_of(range(5)) if product not in before
    ]
    assert session
    assert ranked.recommend("000", 100, "buy_again", recent_products=session) == before
    assert ranked.recommend("nobody", K, "buy_again", recent_products=session) == []


def test_the_popular_list_is_the_same_for_everybody(ranked: Recommender):
    lists = ranked.recommend_rows(np.arange(ranked.matrix.shape[0]), K, "popular")
    assert (lists == lists[0]).all()


@pytest.mark.parametrize("scenario", ["for_you", "discover"])
@pytest.mark.parametrize("nobody", ["nobody", "", None, "x" * 300, "0\0"])
def test_an_unknown_customer_gets_the_popular_list(
    ranked: Recommender, nobody: str | None, scenario: str
):
    popular = ranked.recommend("000", 100, "popular")
    assert len(popular) > K
    assert ranked.recommend(nobody, 100, scenario) == popular
    assert ranked.recommend(nobody, 100, scenario, recent_products=["no such"]) == popular


def test_no_ranker_has_a_say_in_the_list_of_an_unknown_customer(recommender: Recommender):
    # Negative weights: what is popular comes last for everybody who is ranked for.
    backwards = Blend(np.full(len(recommender.strategies) + 1, -1, np.float32))
    turned = replace(recommender, rankers=dict.fromkeys(SCENARIOS, backwards))
    popular = recommender.recommend("000", K, "popular")
    for scenario in ("for_you", "discover"):
        assert turned.recommend("nobody", K, scenario) == popular
        assert turned.recommend("000", K, scenario) != recommender.recommend("000", K, scenario)


def test_who_took_everything_back_gets_the_popular_list(tmp_path: Path):
    path = tmp_path / "events.csv"
    rows = [f"u{u},{p},purchase,2024-01-0{u}" for u in (1, 2) for p in ("a", "b")]
    rows += ["u3,a,purchase,2024-01-01", "u3,a,return,2024-01-02", "u2,c,purchase,2024-01-02"]
    path.write_text("user_id,product_id,event_type,timestamp\n" + "\n".join(rows))
    log = read_events(str(path), Knobs().event_weights)
    fitted = fit(log, Knobs(), end_of(log))
    assert "u3" in fitted.matrix.users
    for scenario in ("for_you", "discover", "popular"):
        assert fitted.recommend("u3", 10, scenario) == ["a", "b", "c"]


def test_an_unknown_customer_has_nothing_to_buy_again(ranked: Recommender):
    assert ranked.recommend("nobody", K, "buy_again") == []


def test_unknown_recent_products_are_ignored(ranked: Recommender):
    assert ranked.recommend("nobody", K, recent_products=["no such", ""]) == ranked.recommend(
        "nobody", K
    )


def test_a_session_decides_for_an_unknown_customer(ranked: Recommender):
    # Products p00 to p11 are the first of four tastes in the shop.
    found = ranked.recommend("nobody", 5, "discover", recent_products=["p00", "p01", "p02"])
    assert sum(product < "p12" for product in found) >= 4


def test_customers_get_different_lists(ranked: Recommender):
    lists = ranked.recommend_rows(np.arange(ranked.matrix.shape[0]), K)
    assert len({tuple(row) for row in lists.tolist()}) > len(lists) / 2


@pytest.mark.parametrize("k", [0, -1, 101, True, 2.0, "3"])
def test_a_bad_k_is_refused(recommender: Recommender, k: object):
    with pytest.raises(ValueError, match=r"k = .* is not allowed; allowed: a whole number from 1"):
        recommender.recommend("000", k)  # type: ignore[arg-type]


def test_an_unknown_scenario_is_refused(recommender: Recommender):
    with pytest.raises(ValueError, match="scenario 'magic' is not known; allowed: for_you"):
        recommender.recommend("000", 5, "magic")


def test_ties_go_to_the_lowest_row(tmp_path: Path):
    path = tmp_path / "events.csv"
    rows = [f"u{u},{p},2024-01-01" for u in range(2) for p in ("c", "a", "d", "b")]
    path.write_text("user_id,product_id,timestamp\n" + "\n".join(rows))
    log = read_events(str(path), Knobs().event_weights)
    fitted = fit(log, Knobs(), end_of(log))
    for scenario in ("buy_again", "popular", "for_you"):
        assert fitted.recommend("u0", 10, scenario) == ["a", "b", "c", "d"]


# Saved, stored and folded in


def test_saved_is_loaded_with_the_same_answers(ranked: Recommender, tmp_path: Path):
    stored = with_lists(ranked)
    storage.save(stored, tmp_path / "model")
    loaded = storage.load(tmp_path / "model")
    for scenario in SCENARIOS:
        for user_id in ("000", "042", "nobody"):
            for recent in ([], ["p07"]):
                asked = (user_id, K, scenario, recent)
                assert loaded.recommend(*asked) == stored.recommend(*asked)


def test_stored_lists_are_what_would_be_computed(ranked: Recommender):
    stored = with_lists(ranked)
    assert set(stored.lists) == {"for_you", "discover"}
    bare = replace(stored, lists={})
    for scenario in stored.lists:
        for user_id in stored.matrix.users.ids_of(range(stored.matrix.shape[0])):
            assert stored.recommend(user_id, 100, scenario) == bare.recommend(
                user_id, 100, scenario
            )


def test_progress_of_stored_lists_adds_up_to_the_customers(recommender: Recommender):
    done: list[int] = []
    with_lists(recommender, done.append)
    assert sum(done) == recommender.matrix.shape[0]


def test_the_popular_list_is_in_order_of_decayed_sales(recommender: Recommender):
    popularity = recommender.popular.popularity
    listed = recommender.recommend_rows(np.array([0]), K, "popular")[0]
    assert all(popularity[a] >= popularity[b] for a, b in pairwise(listed))
