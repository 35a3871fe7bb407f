from dataclasses import replace

import pytest

from model.answer import Answers
from model.request import Request
from model.scenarios import SCENARIOS
from training.precompute import with_lists


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("user_id", ["001", "stranger", "", None])
@pytest.mark.parametrize("k", [1, 10, 100])
def test_the_answer_is_the_recommenders_and_stays_so(recommender, scenario, user_id, k):
    answers = Answers(recommender)
    expected = {"recommended_products": recommender.recommend(user_id, k, scenario)}
    request = Request(user_id, k, scenario)
    assert answers.of(request) == expected
    assert answers.of(request) == expected


def test_a_callers_changes_do_not_reach_the_next_stranger(recommender):
    answers = Answers(recommender)
    answers.of(Request(None))["recommended_products"].clear()
    assert answers.of(Request(None))["recommended_products"]


def test_kept_answers_are_ready_and_others_are_computed(recommender):
    answers = Answers(with_lists(recommender))
    assert answers.at_hand(Request("001")) is not None
    assert answers.at_hand(Request("001", scenario="buy_again")) is None
    assert answers.at_hand(Request("001", recent_products=("p01",))) is None
    assert answers.at_hand(Request("001", explain=True)) is None


def test_strangers_are_ready_once_one_was_answered(recommender):
    answers = Answers(replace(recommender, lists={}))
    assert answers.at_hand(Request("stranger")) is None
    answers.of(Request("another stranger", k=1))
    assert answers.at_hand(Request("stranger")) is not None
