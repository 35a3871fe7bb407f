import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PythonModelContext

from model import storage
from model.pyfunc import ARTIFACT, ProductRecommender

RELATES_NONE = (
    "row 0: scenario 'similar' needs products that were related in training, "
    "which this model's were not; allowed: for_you, discover, unseen, buy_again, popular$"
)


@pytest.fixture(scope="module")
def loaded(recommender, tmp_path_factory):
    folder = tmp_path_factory.mktemp("arrays")
    storage.save(recommender, folder)
    model = ProductRecommender()
    model.load_context(PythonModelContext({ARTIFACT: str(folder)}, {}))
    return model


def lists(answers: pd.DataFrame) -> list[list[str]]:
    return answers["recommended_products"].tolist()


def test_one_and_many_agree_with_the_recommender(loaded, recommender):
    users = ["001", None, "stranger", "002", "001"]
    answers = loaded.predict(None, pd.DataFrame({"user_id": users}))
    assert lists(answers) == [recommender.recommend(user) for user in users]
    for user, expected in zip(users, lists(answers), strict=True):
        assert lists(loaded.predict(None, pd.DataFrame({"user_id": [user]}))) == [expected]


def test_params_hold_for_every_row(loaded, recommender):
    frame = pd.DataFrame({"user_id": ["001", "002"]})
    answers = loaded.predict(None, frame, {"k": 3, "scenario": "discover", "explain": False})
    assert lists(answers) == [recommender.recommend(u, 3, "discover") for u in ("001", "002")]
    assert list(answers) == ["recommended_products"]


def test_explanations_are_a_column_only_where_asked_for(loaded):
    frame = pd.DataFrame({"user_id": ["001"]})
    answers = loaded.predict(None, frame, {"k": 2, "explain": True})
    assert [e["product_id"] for e in answers["explanations"][0]] == lists(answers)[0]


def test_details_are_columns_only_where_asked_for(loaded):
    frame = pd.DataFrame({"user_id": ["001", "stranger"]})
    answers = loaded.predict(None, frame, {"k": 2, "details": True})
    assert answers["known_customer"].tolist() == [True, False]
    assert answers["model_version"].tolist() == [None, None]
    assert answers["recommendation_id"].nunique() == 2


def test_no_rows_give_no_answers(loaded):
    answers = loaded.predict(None, pd.DataFrame({"user_id": []}))
    assert list(answers) == ["recommended_products"]
    assert len(answers) == 0


def test_a_wrong_row_is_named(loaded):
    with pytest.raises(MlflowException, match="row 1: user_id = True is not allowed") as refused:
        loaded.predict(None, pd.DataFrame({"user_id": ["1", True]}))
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_a_list_about_products_is_refused_by_a_model_that_relates_none(loaded):
    frame = pd.DataFrame({"user_id": ["1"], "product_ids": [["p01"]]})
    with pytest.raises(MlflowException, match=RELATES_NONE) as refused:
        loaded.predict(None, frame, {"scenario": "similar"})
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_the_callers_frame_is_not_changed(loaded):
    frame = pd.DataFrame({"user_id": ["001"], "recent_products": [["p01"]]})
    before = frame.copy(deep=True)
    loaded.predict(None, frame)
    pd.testing.assert_frame_equal(frame, before)
