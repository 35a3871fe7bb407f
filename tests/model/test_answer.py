from dataclasses import replace

import pytest

from model.answer import Answers, names_of
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


def test_details_name_the_answer_its_version_and_whether_the_customer_is_known(recommender):
    answers = Answers(with_lists(recommender), "7")
    known, stranger = (answers.of(Request(user, details=True)) for user in ("001", "x"))
    assert list(known) == list(stranger) == names_of(explain=False, details=True)
    assert (known["model_version"], known["known_customer"]) == ("7", True)
    assert (stranger["model_version"], stranger["known_customer"]) == ("7", False)
    assert known["recommended_products"] == recommender.recommend("001")


def test_every_answer_has_a_name_of_its_own(recommender):
    answers = Answers(with_lists(recommender))
    asked = [answers.at_hand(Request("001", details=True)) for _ in range(100)]
    assert len({answer["recommendation_id"] for answer in asked}) == 100


def test_details_and_explanations_come_together_where_both_are_asked_for(recommender):
    answer = Answers(recommender).of(Request("001", k=3, explain=True, details=True))
    assert set(answer) == set(names_of(explain=True, details=True))


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
