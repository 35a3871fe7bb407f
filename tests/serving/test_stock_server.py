"""``mlflow models serve`` over real HTTP: what is answered, and what is refused, and how."""

import io

import httpx
import pandas as pd
import pytest

ONE = {"dataframe_records": [{"user_id": "001"}]}


def lists(response) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return [row["recommended_products"] for row in response.json()["predictions"]]


def asked(server, user_id, **params):
    body = {"dataframe_records": [{"user_id": user_id}], "params": params}
    return server.post("/invocations", body)


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": [{"user_id": "001"}, {"user_id": "002"}]},
        {"dataframe_split": {"columns": ["user_id"], "data": [["001"], ["002"]]}},
        {"dataframe_split": {"columns": ["user_id"], "index": [7, 7], "data": [["001"], ["002"]]}},
        {"inputs": [{"user_id": "001"}, {"user_id": "002"}]},
        {"inputs": {"user_id": ["001", "002"]}},
        {"instances": [{"user_id": "001"}, {"user_id": "002"}]},
        {"dataframe_records": [{"user_id": "001", "age": 7}, {"user_id": "002", "age": None}]},
    ],
    ids=lambda body: next(iter(body)),
)
def test_every_form_of_request_gets_the_recommenders_own_answer(stock, logged, body):
    expected = [logged.recommender.recommend(user_id) for user_id in ("001", "002")]
    assert lists(stock.post("/invocations", body)) == expected


def test_one_customer_may_come_as_a_bare_value(stock, logged):
    response = stock.post("/invocations", {"inputs": {"user_id": "001"}})
    assert lists(response) == [logged.recommender.recommend("001")]


def test_the_answer_has_nothing_but_the_list(stock, logged):
    products = logged.recommender.recommend("001")
    assert stock.post("/invocations", ONE).json() == {
        "predictions": [{"recommended_products": products}]
    }


def test_params_choose_length_scenario_and_explanations(stock, logged):
    recommend = logged.recommender.recommend
    assert lists(asked(stock, "001", k=3)) == [recommend("001", 3)]
    assert lists(asked(stock, "001", scenario="discover")) == [recommend("001", 10, "discover")]
    [explained] = asked(stock, "001", k=2, explain=True).json()["predictions"]
    assert [e["product_id"] for e in explained["explanations"]] == explained["recommended_products"]


def test_details_name_the_version_that_was_fetched(stock):
    [given] = asked(stock, "001", details=True).json()["predictions"]
    names = {"recommended_products", "recommendation_id", "model_version", "known_customer"}
    assert set(given) == names
    assert (given["model_version"], given["known_customer"]) == ("1", True)


def test_leading_zeros_make_another_customer(stock, logged):
    popular = logged.recommender.recommend(None)
    assert lists(asked(stock, "001")) != [popular]
    assert lists(asked(stock, "1")) == [popular]
    assert lists(asked(stock, 1)) == [popular]


@pytest.mark.parametrize("user_id", ["stranger", None, float("nan"), "", 7, "a\0", "é" * 5000])
def test_a_stranger_gets_the_popular_list(stock, logged, user_id):
    assert lists(asked(stock, user_id)) == [logged.recommender.recommend(None)]


def test_an_integer_beside_a_null_is_still_that_integer(stock, logged):
    rows = [{"user_id": 7}, {"user_id": None}, {"user_id": "001"}]
    recommend = logged.recommender.recommend
    response = stock.post("/invocations", {"dataframe_records": rows})
    assert lists(response) == [recommend("7"), recommend(None), recommend("001")]


def test_only_some_rows_need_name_recent_products(stock, logged):
    rows = [{"user_id": "x", "recent_products": ["p05"]}, {"user_id": "001"}]
    recommend = logged.recommender.recommend
    response = stock.post("/invocations", {"dataframe_records": rows})
    assert lists(response) == [recommend("x", 10, "for_you", ["p05"]), recommend("001")]


def test_no_rows_get_no_answers(stock):
    empty = {"dataframe_split": {"columns": ["user_id"], "data": []}}
    assert stock.post("/invocations", empty).json() == {"predictions": []}


def test_params_that_are_not_known_are_ignored_by_mlflow(stock, logged):
    assert lists(asked(stock, "001", colour="red")) == [logged.recommender.recommend("001")]


def with_params(params):
    return ONE | {"params": params}


def row(**values):
    return {"dataframe_records": [values]}


@pytest.mark.parametrize(
    "body",
    [
        *[with_params({"k": k}) for k in (0, 101, -1, 10.5, "x", True, None, [1], {}, 2**70)],
        *[with_params({"scenario": s}) for s in ("nope", "", 1, None, ["for_you"], "\ud800")],
        *[with_params({"explain": e}) for e in ("yes", 1, None)],
        *[with_params({"details": d}) for d in ("yes", 1, None)],
        *[with_params(params) for params in (5, "x", [], [1])],
        *[row(user_id=u) for u in (True, 1.5, float("inf"), ["001"], {"a": 1}, "\ud800")],
        *[row(user_id="001", recent_products=r) for r in ("p01", 5, {"a": 1}, [["p01"]], [1.5])],
        row(user_id="001", recent_products=["p01"] * 1001),
        row(customer="001"),
        row(),
        *[
            {"dataframe_records": r}
            for r in ([], {}, "x", 5, None, [1], [None], [{"user_id": "1"}, 5])
        ],
        *[{"inputs": i} for i in ([], {}, "x", 5, None, ["001"], [["001"]])],
        {"inputs": {"user_id": ["a", "b"], "recent_products": [["p01"]]}},
        *[{"instances": i} for i in ([], 5, [1, {"user_id": "1"}])],
        {"dataframe_split": {"columns": ["user_id"], "data": [["a", "b"]]}},
        {"dataframe_split": {"columns": ["user_id", "user_id"], "data": [["a", "b"]]}},
        {"dataframe_split": {"columns": ["user_id"], "index": [1], "data": [["a"], ["b"]]}},
        {"dataframe_split": {"data": [["001"]]}},
        {"dataframe_split": []},
        {**ONE, "inputs": []},
        {"user_id": "001"},
        {"messages": 5},
        [],
        "x",
        None,
        b"",
        b"{nope",
        b"\xff\xfe",
        b'{"dataframe_records": [{"user_id": ' + b"[" * 900 + b"]" * 900 + b"}]}",
    ],
    ids=lambda body: str(body)[:60].encode("ascii", "replace").decode(),
)
@pytest.mark.parametrize("name", ["stock", "app"])
def test_a_bad_request_is_a_400_without_a_trace(request, name, body):
    server = request.getfixturevalue(name)
    response = server.post("/invocations", body)
    assert response.status_code == 400, response.text
    given = response.json()
    assert given["message"]
    assert given["error_code"] in {"BAD_REQUEST", "INVALID_PARAMETER_VALUE"}
    assert "stack_trace" not in given
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json; charset=latin-1", "multipart/form-data"]
)
def test_another_content_type_is_a_415(stock, content_type):
    response = stock.post("/invocations", ONE, {"Content-Type": content_type})
    assert response.status_code == 415
    assert "Traceback" not in response.text


DEEP = b'{"dataframe_records": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
LONG_NUMBER = b'{"dataframe_records": [{"user_id": ' + b"9" * 5000 + b"}]}"


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"{}", {}), (DEEP, None), (LONG_NUMBER, None)],
    ids=["no content type", "deep nesting", "number of 5000 digits"],
)
def test_mlflow_fails_before_it_reaches_the_model(stock, app, body, headers):
    """Stock MLflow answers 500, without a trace; only our app can refuse these properly."""
    failed = stock.post("/invocations", body, headers)
    assert (failed.status_code, failed.text) == (500, "Internal Server Error")
    refused = app.post("/invocations", body, headers)
    assert refused.status_code == (400 if headers is None else 415)
    assert set(refused.json()) == {"error_code", "message"}


def test_mlflow_shows_its_own_trace_for_tables_that_it_cannot_parse(stock, app):
    """It parses before it asks the model; our app takes the trace out."""
    headers = {"Content-Type": "application/vnd.apache.parquet"}
    shown = stock.post("/invocations", b"no table", headers)
    assert shown.status_code == 400
    assert "stack_trace" in shown.json()
    tidied = app.post("/invocations", b"no table", headers)
    assert tidied.status_code == 400
    assert set(tidied.json()) == {"error_code", "message"}


def test_mlflow_reads_no_csv_into_a_signature_with_lists(stock, app):
    """It looks for a type of every column; our app says what to send instead."""
    headers = {"Content-Type": "text/csv"}
    shown = stock.post("/invocations", b"user_id\n001\n", headers)
    assert shown.status_code == 400
    assert "some of the inputs types are not DataType" in shown.json()["message"]
    told = app.post("/invocations", b"user_id\n001\n", headers)
    assert told.status_code == 415
    assert told.json()["message"] == (
        "a CSV table cannot hold the lists of recent_products; "
        "allowed: application/json, application/vnd.apache.parquet"
    )


@pytest.mark.parametrize("name", ["stock", "app"])
def test_a_table_may_come_as_parquet(request, logged, name):
    table = io.BytesIO()
    pd.DataFrame({"user_id": ["001", "002"]}).to_parquet(table)
    headers = {"Content-Type": "application/vnd.apache.parquet"}
    server = request.getfixturevalue(name)
    answers = server.post("/invocations", table.getvalue(), headers).json()["predictions"]
    expected = [logged.recommender.recommend(user_id) for user_id in ("001", "002")]
    assert [answer["recommended_products"] for answer in answers] == expected


def test_the_other_routes_answer(stock):
    for path in ("/ping", "/health", "/version"):
        assert httpx.get(stock.url + path).status_code == 200


def test_no_pickle_was_needed_and_the_logged_code_answered(stock):
    """The server runs with pickle forbidden, beside a package ``model`` that raises."""
    assert "not the logged code" not in stock.said()
