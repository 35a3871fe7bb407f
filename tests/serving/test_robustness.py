"""Whatever is sent over real HTTP, our app answers in its own words, and goes on answering."""

import json
import socket
import time

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ASKED = {"user_id": "001"}
REFUSALS = {400, 404, 405, 413, 415}

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()))  # lone surrogates too
    | st.sampled_from(["001", "p01", "for_you", 10]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
RECOMMEND = st.dictionaries(
    st.sampled_from(["user_id", "k", "scenario", "recent_products", "explain", "details", "x"]),
    VALUES,
)
INVOCATIONS = st.dictionaries(
    st.sampled_from(["dataframe_records", "dataframe_split", "inputs", "instances", "params"]),
    st.lists(st.dictionaries(st.sampled_from(["user_id", "recent_products"]), VALUES)) | VALUES,
)
PLENTY = settings(max_examples=150, suppress_health_check=list(HealthCheck), derandomize=True)


def checked(response: httpx.Response) -> None:
    """A 200 with strict JSON, or a refusal in our form without a trace."""
    told = json.loads(response.text, parse_constant=lambda name: pytest.fail(name))
    assert response.status_code == 200 or response.status_code in REFUSALS, response.text
    if response.status_code != 200:
        assert set(told) == {"error_code", "message"}
    assert "Traceback" not in response.text


@PLENTY
@given(body=RECOMMEND.map(lambda given: json.dumps(given).encode()) | st.binary(max_size=300))
def test_recommend_answers_or_refuses_anything(app, body):
    checked(app.post("/recommend", body))


@PLENTY
@given(
    body=INVOCATIONS.map(lambda given: json.dumps(given).encode()) | st.binary(max_size=300),
    content_type=st.sampled_from(["application/json"] * 4 + ["text/csv", "application/x", ""]),
)
def test_invocations_answer_or_refuse_anything(app, body, content_type):
    checked(app.post("/invocations", body, {"Content-Type": content_type}))


@pytest.mark.parametrize("path", ["/recommend/", "/Recommend", "/recommend/1", "//recommend", "/"])
def test_a_path_that_is_not_quite_ours_is_a_404(app, path):
    response = app.post(path, ASKED)
    checked(response)
    assert response.status_code == 404


@pytest.mark.parametrize("path", ["/recommend", "/invocations", "/version", "/ping"])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
def test_a_method_that_nobody_expects_is_a_405(app, path, method):
    response = httpx.request(method, app.url + path)
    assert response.status_code == 405
    assert response.headers["allow"]


def test_a_query_string_is_ignored(app):
    assert app.post("/recommend?k=3", ASKED).json() == app.post("/recommend", ASKED).json()


def test_lone_surrogates_are_ids_that_nobody_has(app, logged):
    body = b'{"user_id": "\\ud800", "recent_products": ["\\udfff"], "explain": true}'
    response = app.post("/recommend", body)
    checked(response)
    assert response.json()["recommended_products"] == logged.recommender.recommend(None)


def test_a_chunked_body_is_read_whole(app):
    chunks = iter([b'{"user', b'_id": ', b'"001"}'])
    response = httpx.post(app.url + "/recommend", content=chunks)
    assert response.json() == app.post("/recommend", ASKED).json()


def test_requests_in_one_packet_are_answered_in_turn(app):
    body = json.dumps(ASKED).encode()
    one = b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    received = exchanged(app, [one * 3])
    assert received.count(b"HTTP/1.1 200 OK") == 3
    assert received.count(b'{"recommended_products": [') == 3


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"NONSENSE\r\n\r\n",
        b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /recommend HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
    ids=["TLS", "no HTTP", "negative length", "length in words", "bad chunk"],
)
def test_what_is_not_http_is_refused_and_hung_up_on(app, sent):
    received = exchanged(app, [sent])
    assert received.startswith(b"HTTP/1.1 400")
    assert b"Traceback" not in received


def test_a_slow_caller_is_answered_and_holds_nobody_up(app):
    body = json.dumps(ASKED).encode()
    head = b"POST /recommend HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    pieces = [head[:20], head[20:], *(body[place : place + 4] for place in range(0, len(body), 4))]
    with socket.create_connection(address(app)) as connection:
        for piece in pieces:
            connection.sendall(piece)
            assert app.post("/recommend", ASKED).status_code == 200
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200")


def address(server) -> tuple[str, int]:
    host, port = server.url.removeprefix("http://").split(":")
    return host, int(port)


def exchanged(server, pieces: list[bytes]) -> bytes:
    """What comes back on one connection until nothing more comes."""
    received = b""
    with socket.create_connection(address(server)) as connection:
        connection.settimeout(1)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.01)
        try:
            while piece := connection.recv(65_536):
                received += piece
        except TimeoutError:
            pass
    return received
