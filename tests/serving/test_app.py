"""Our app over real HTTP: the route, MLflow's own routes behind it, and the process itself."""

import signal
import socket
import time

import httpx
import mlflow
import psutil
import pytest
from server import CLONE, app_command, failed_start, free_port, running


def recommended(response) -> list[str]:
    assert response.status_code == 200, response.text
    return response.json()["recommended_products"]


def refused(response, status: int) -> str:
    assert response.status_code == status, response.text
    assert set(response.json()) == {"error_code", "message"}
    assert "Traceback" not in response.text
    return response.json()["message"]


def test_the_answer_is_exactly_ten_ids(app, logged):
    response = app.post("/recommend", {"user_id": "001"})
    assert response.json() == {"recommended_products": logged.recommender.recommend("001", 10)}
    assert len(recommended(response)) == 10


def test_the_body_is_json_whatever_its_content_type(app, logged):
    expected = logged.recommender.recommend("001")
    for headers in ({}, {"Content-Type": "application/x-www-form-urlencoded"}):
        assert recommended(app.post("/recommend", {"user_id": "001"}, headers)) == expected


def test_optional_fields_choose_length_scenario_and_session(app, logged):
    recommend = logged.recommender.recommend
    body = {"user_id": "001", "k": 3, "scenario": "discover"}
    assert recommended(app.post("/recommend", body)) == recommend("001", 3, "discover")
    body = {"user_id": "x", "recent_products": ["p05", "p06"]}
    assert recommended(app.post("/recommend", body)) == recommend(
        "x", 10, "for_you", ["p05", "p06"]
    )


@pytest.mark.parametrize("scenario", ["similar", "bought_together"])
def test_a_list_about_products_is_the_same_by_both_doors(app, logged, scenario):
    about = ["p00", "p12", "p24", "p36"]
    asked = {"user_id": None, "product_ids": about}
    expected = logged.recommender.recommend(None, 4, scenario, product_ids=about)
    body = {**asked, "k": 4, "scenario": scenario}
    assert recommended(app.post("/recommend", body)) == expected
    table = {"dataframe_records": [asked], "params": {"k": 4, "scenario": scenario}}
    [prediction] = app.post("/invocations", table).json()["predictions"]
    assert prediction["recommended_products"] == expected
    assert 1 <= len(expected) <= 4


def test_a_list_about_products_needs_products(app):
    body = {"user_id": "001", "scenario": "similar"}
    assert "'product_ids' is missing or empty" in refused(app.post("/recommend", body), 400)


def test_explanations_come_only_where_asked_for(app):
    response = app.post("/recommend", {"user_id": "001", "k": 2, "explain": True})
    explanations = response.json()["explanations"]
    assert [e["product_id"] for e in explanations] == recommended(response)
    assert set(explanations[0]) == {"product_id", "score", "strategy", "because"}


def test_details_come_only_where_asked_for(app):
    given = app.post("/recommend", {"user_id": "001", "details": True}).json()
    assert len(given.pop("recommended_products")) == 10
    assert len(given.pop("recommendation_id")) == 32
    assert given == {"model_version": "1", "known_customer": True}


@pytest.mark.parametrize("user_id", ["stranger", None, "", 1])
def test_a_stranger_gets_the_popular_list(app, logged, user_id):
    response = app.post("/recommend", {"user_id": user_id})
    assert recommended(response) == logged.recommender.recommend(None)


def test_both_doors_give_one_answer(app):
    asked = {"dataframe_records": [{"user_id": "001"}]}
    [row] = app.post("/invocations", asked).json()["predictions"]
    assert row == app.post("/recommend", {"user_id": "001"}).json()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{nope", b"\xff", b"[" * 100_000, b'{"user_id": ' + b"9" * 5000 + b"}",
        [], "x", None, {}, {"user": "1"}, {"user_id": "1", "colour": "red"},
        *[{"user_id": u} for u in (True, 1.5, [], {}, float("inf"))],
        *[{"user_id": "1", "k": k} for k in (0, 101, 10.5, "x", None, True)],
        *[{"user_id": "1", "scenario": s} for s in ("nope", 1, None, "\ud800")],
        *[{"user_id": "1", "explain": e} for e in (1, "yes", None)],
        *[{"user_id": "1", "recent_products": r} for r in ("p01", 5, {}, [[]], ["p"] * 1001)],
    ],
    ids=lambda body: str(body)[:50].encode("ascii", "replace").decode(),
)  # fmt: skip
def test_a_bad_request_is_a_400_that_says_what_is_allowed(app, body):
    assert "allowed" in refused(app.post("/recommend", body), 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_another_method_is_a_405(app, method):
    response = httpx.request(method, app.url + "/recommend")
    assert refused(response, 405) == f"{method} is not allowed; allowed: POST"
    assert response.headers["allow"] == "POST"


def test_mlflows_own_refusals_have_the_same_form(app):
    refused(httpx.get(app.url + "/nowhere"), 404)
    response = httpx.post(app.url + "/ping")
    refused(response, 405)
    assert response.headers["allow"] == "GET"
    refused(app.post("/invocations", {}, {"Content-Type": "text/plain"}), 415)


@pytest.mark.parametrize(
    ("path", "most"), [("/recommend", 1_000_000), ("/invocations", 16_000_000)]
)
def test_a_body_over_the_limit_is_a_413(app, path, most):
    assert str(most) in refused(app.post(path, b" " * (most + 1)), 413)
    assert app.post(path, b" " * most).status_code == 400


def test_a_body_without_length_is_limited_too(app):
    chunks = (b" " * 100_000 for _ in range(11))
    refused(httpx.post(app.url + "/recommend", content=chunks), 413)


def test_a_caller_who_leaves_in_the_middle_does_no_harm(app):
    host, port = app.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
    assert app.post("/recommend", {"user_id": "001"}).status_code == 200
    assert "Traceback" not in app.said()


def test_every_answer_names_the_version_that_gave_it(app):
    asked = {"dataframe_records": [{"user_id": "001"}]}
    for response in (
        app.post("/recommend", {"user_id": "001"}),
        app.post("/recommend", {}),
        app.post("/invocations", asked),
        httpx.get(app.url + "/version"),
    ):
        assert response.headers["x-model-version"] == "1"


def test_the_version_is_told_as_json(app):
    told = httpx.get(app.url + "/version").json()
    assert told == {"model_version": "1", "mlflow_version": mlflow.__version__}


def test_the_other_routes_answer(app):
    for path in ("/ping", "/health", "/version", "/docs"):
        assert httpx.get(app.url + path).status_code == 200


def test_the_documentation_lists_both_doors(app):
    told = httpx.get(app.url + "/openapi.json").json()
    assert {"/recommend", "/invocations"} <= set(told["paths"])
    assert told["info"] == {"title": "Product recommender", "version": "1"}


def test_the_ready_line_names_address_and_version(app, logged):
    address = f"{app.url}/recommend"
    assert f"ready: POST {address} answers from {logged.uri} (version 1)" in app.said()


def test_the_logged_code_answers_and_not_the_clones(logged, tmp_path):
    """A package ``model`` in the working directory is not what was evaluated."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "__init__.py").write_text("raise ImportError('not the logged code')")
    port = free_port()
    script = str(CLONE / "training" / "serving" / "serve.py")
    options = [logged.uri, "127.0.0.1", str(port), "1", "0"]
    command = [app_command("", 0)[0], "-P", script, *options]
    with running(command, port, tmp_path / "log", tmp_path, logged.store) as server:
        assert server.post("/recommend", {"user_id": "001"}).status_code == 200


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(logged, tmp_path, workers, by):
    port = free_port()
    command = app_command(logged.uri, port, workers)
    with running(command, port, tmp_path / "log", CLONE, logged.store) as server:
        assert server.post("/recommend", {"user_id": "001"}).status_code == 200
        assert server.stop(by) == 0
        assert server.said().count("ready:") == 1
        assert "Traceback" not in server.said()
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url + "/ping")


@pytest.mark.parametrize("refresh_seconds", [0, 1])
def test_it_ends_with_the_mlflow_run_that_started_it(logged, tmp_path, refresh_seconds):
    # ``mlflow run`` dies of a SIGTERM without passing it on, and its child is adopted.
    client = mlflow.MlflowClient(logged.store)
    client.set_registered_model_alias("shop", "champion", "1")
    run_id = client.create_run("0").info.run_id
    code = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    port = free_port()
    serve = [*app_command("models:/shop@champion", port), "--refresh_seconds", str(refresh_seconds)]
    project = ["env", f"MLFLOW_RUN_ID={run_id}", serve[0], "-c", code, *serve]
    with running(project, port, tmp_path / "log", CLONE, logged.store) as server:
        [child] = psutil.Process(server.process.pid).children()
        assert server.stop() == -signal.SIGTERM
        child.wait(20)
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url + "/ping")
        assert "Traceback" not in server.said()


def test_it_outlives_a_shell_that_started_it(logged, tmp_path):
    port, code = free_port(), "import subprocess, sys; subprocess.run(sys.argv[1:])"
    serve = app_command(logged.uri, port)
    with running([serve[0], "-c", code, *serve], port, tmp_path / "log", CLONE, logged.store) as it:
        it.stop()
        time.sleep(2)
        assert httpx.get(it.url + "/ping").status_code == 200


def test_a_worker_that_dies_is_replaced(logged, tmp_path):
    port = free_port()
    command = app_command(logged.uri, port, workers=2)
    with running(command, port, tmp_path / "log", CLONE, logged.store) as server:
        victim, other = psutil.Process(server.process.pid).children()
        victim.kill()
        deadline = time.monotonic() + 20
        while len(psutil.Process(server.process.pid).children()) < 2 or victim.is_running():
            assert time.monotonic() < deadline, server.said()
            time.sleep(0.1)
        assert f"worker {victim.pid} ended with -9 and is replaced" in server.said()
        other.kill()
        assert server.post("/recommend", {"user_id": "001"}).status_code == 200
        assert server.stop() == 0


def test_the_process_ends_with_one_line_if_the_port_is_taken(logged):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = failed_start(app_command(logged.uri, port), logged.store)
    assert said.startswith(f"error: host = '127.0.0.1', port = {port} cannot be listened on: ")


@pytest.mark.parametrize("uri", ["models:/nobody@champion", "nowhere", "models:/shop/7"])
def test_the_process_ends_with_one_line_if_there_is_no_such_model(logged, uri):
    said = failed_start(app_command(uri, free_port()), logged.store)
    assert said.startswith(f"error: model_uri = '{uri}' cannot be loaded: ")
