"""MLflow's own scoring app with ``POST /recommend`` beside it.

The route stands in front of MLflow's app, so that neither routing nor MLflow's time-out
middleware, which halves throughput, is paid for an answer that takes microseconds.

Every error is JSON, ``{"error_code", "message"}``, never a stack trace; this holds for MLflow's own
routes too, and bodies have a limit on all of them. Every answer names the model that gave it in the
header ``X-Model-Version``.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from http import HTTPStatus
from json.encoder import encode_basestring_ascii
from typing import Any

import mlflow
from mlflow.pyfunc import scoring_server

from model.answer import Answers
from model.columns import (
    DEFAULT_K,
    MAX_K,
    MOST_PRODUCTS,
    PRODUCT_IDS,
    RECENT_PRODUCTS,
    RECOMMENDED_PRODUCTS,
    USER_ID,
)
from model.scenarios import ALL, DEFAULT_SCENARIO
from model.version import VERSION_VARIABLE

MODEL_PATH = "PRODUCT_RECOMMENDER_MODEL_PATH"
"""The environment variable by which a server says what to serve."""

MOST_BYTES = {"/recommend": 1_000_000, "/invocations": 16_000_000}
"""The largest body of each route."""

MOST_MESSAGE = 1000
"""Characters of an error's message; MLflow repeats the whole request in some."""

TYPES = "allowed: application/json, application/vnd.apache.parquet"
"""What ``/invocations`` reads; MLflow refuses CSV since the signature has more than scalars."""

CANNOT_START = 3
"""The exit code by which uvicorn knows that starting a worker again would not help."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]


class HttpError(Exception):
    """A request that is refused, with the status it deserves."""

    def __init__(self, status: int, message: str, code: str = "", headers: Headers = ()) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
        message = message[:MOST_MESSAGE]
        self.content = {"error_code": code or HTTPStatus(status).name, "message": message}


def create_app() -> "App":
    """Load the model that the environment names; the factory for uvicorn's workers."""
    path = os.environ[MODEL_PATH]
    try:
        model = mlflow.pyfunc.load_model(path)
        answers = model.unwrap_python_model().answers
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        print(f"error: the model in {path} cannot be loaded: {reason}", file=sys.stderr, flush=True)
        sys.exit(CANNOT_START)
    return App(answers, scoring_server.init(model), os.environ.get(VERSION_VARIABLE, ""))


class App:
    """The ASGI application: ``/recommend`` first, every other path to MLflow's scoring app."""

    def __init__(self, answers: Answers, scoring_app: Any, version: str = "") -> None:
        self.answers = answers
        self.scoring_app = scoring_app
        self.versions = {"model_version": version or None, "mlflow_version": mlflow.__version__}
        self.version: Headers = [(b"x-model-version", version.encode())] if version else []
        self.json_headers: Headers = [(b"content-type", b"application/json"), *self.version]
        scoring_app.title, scoring_app.version = "Product recommender", version or "not registered"
        scoring_app.openapi()["paths"]["/recommend"] = {"post": documentation()}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.scoring_app(scope, receive, send)
            return
        try:
            if scope["path"] == "/recommend":
                await self._send_json(send, 200, await self.recommend(scope, receive))
            elif scope["path"] == "/version" and scope["method"] == "GET":
                await self._send_json(send, 200, self.versions)
            else:
                await self.score(scope, receive, send)
        except HttpError as error:
            await self._send_json(send, error.status, error.content, error.headers)

    async def recommend(self, scope: Message, receive: Receive) -> dict[str, Any]:
        """Answer ``POST /recommend``; the body is JSON whatever Content-Type says."""
        if scope["method"] != "POST":
            message = f"{scope['method']} is not allowed; allowed: POST"
            raise HttpError(405, message, headers=[(b"allow", b"POST")])
        body = await _body(scope, receive)
        try:
            request = self.answers.asked(_object(body))
        except ValueError as error:
            raise HttpError(400, str(error), "INVALID_PARAMETER_VALUE") from None
        found = self.answers.at_hand(request)
        return found if found is not None else await asyncio.to_thread(self.answers.of, request)

    async def score(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let MLflow answer; what it refuses is told in our form."""
        if scope["path"] == "/invocations" and scope["method"] == "POST":
            _check_type(dict(scope["headers"]).get(b"content-type", b"").decode("latin-1"))
            receive = _replayed(await _body(scope, receive), receive)
        refusal = _Refusal(send, self.version)
        try:
            await self.scoring_app(scope, receive, refusal.send)
        except (RecursionError, TypeError, ValueError) as error:
            # MLflow catches what predict raises; what it lets through is its failure to parse.
            raise HttpError(400, f"the body cannot be read: {error}") from None
        if refusal.status >= HTTPStatus.BAD_REQUEST:
            raise refusal.error()

    async def _send_json(
        self, send: Send, status: int, content: dict[str, Any], more_headers: Headers = ()
    ) -> None:
        body = _json(content)
        length = (b"content-length", b"%d" % len(body))
        headers = [*self.json_headers, length, *more_headers]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class _Refusal:
    """Passes an answer on as it comes, but holds back one whose status is an error."""

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self._headers = headers
        self._body = b""
        self._allowed: Headers = ()
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            self._allowed = [header for header in headers if header[0] == b"allow"]
            message["headers"] = [*headers, *self._headers]
        if self.status < HTTPStatus.BAD_REQUEST:
            await self._send(message)
        else:
            self._body += message.get("body", b"")

    def error(self) -> HttpError:
        """What was held back, without its stack trace and without the request it repeats."""
        text = self._body.decode("utf-8", "replace")
        try:
            given = json.loads(text)
        except ValueError:
            given = {"message": text}
        message = str(given.get("message", given.get("detail", "")))
        if message.startswith("Failed to predict data"):
            message = message.rpartition("\nError: ")[2]
        return HttpError(self.status, message, given.get("error_code", ""), self._allowed)


def _check_type(content_type: str) -> None:
    """Refuse what MLflow would answer with a status 5xx or a riddle."""
    if not content_type:
        raise HttpError(415, f"Content-Type is missing; {TYPES}")
    if content_type.startswith("text/csv"):
        raise HttpError(415, f"a CSV table cannot hold the lists of {RECENT_PRODUCTS}; {TYPES}")


async def _body(scope: Message, receive: Receive) -> bytes:
    """The whole body, or HttpError as soon as it is known to be too large."""
    most = MOST_BYTES[scope["path"]]
    message = await receive()
    body = bytearray(message.get("body", b""))  # bytes would be copied anew with every piece
    while message.get("more_body") and len(body) <= most:
        message = await receive()
        body += message.get("body", b"")
    if len(body) > most:
        refusal = f"the body is too large; allowed: {most} bytes"
        raise HttpError(413, refusal, headers=[(b"connection", b"close")])
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _json(content: dict[str, Any]) -> bytes:
    """What ``json.dumps`` gives; for the plain list in a third of its time."""
    if len(content) == 1 and RECOMMENDED_PRODUCTS in content:
        ids = ", ".join(map(encode_basestring_ascii, content[RECOMMENDED_PRODUCTS]))
        return f'{{"{RECOMMENDED_PRODUCTS}": [{ids}]}}'.encode()
    return json.dumps(content).encode()


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError('the body is not JSON; allowed: {"user_id": "…"}') from None
    if not isinstance(given, dict):
        raise ValueError('the body is not a JSON object; allowed: {"user_id": "…"}')
    return given


def documentation() -> dict[str, Any]:
    """What ``/docs`` says of the route, as OpenAPI."""
    ids = {"type": "array", "items": {"type": "string"}}
    fields = {
        USER_ID: {"type": "string", "nullable": True},
        "k": {"type": "integer", "minimum": 1, "maximum": MAX_K, "default": DEFAULT_K},
        "scenario": {"type": "string", "enum": list(ALL), "default": DEFAULT_SCENARIO},
        RECENT_PRODUCTS: {**ids, "maxItems": MOST_PRODUCTS},
        PRODUCT_IDS: {**ids, "maxItems": MOST_PRODUCTS},
        "explain": {"type": "boolean", "default": False},
        "details": {"type": "boolean", "default": False},
    }
    asked = {"type": "object", "required": [USER_ID], "properties": fields}
    answered = {"type": "object", "properties": {RECOMMENDED_PRODUCTS: ids}}
    refused = {"type": "object", "properties": {"error_code": {}, "message": {}}}

    def content(schema: dict[str, Any], **example: Any) -> dict[str, Any]:
        return {"application/json": {"schema": schema, **example}}

    return {
        "summary": "Products for one customer, best first",
        "requestBody": {"required": True, "content": content(asked, example={USER_ID: "42"})},
        "responses": {
            "200": {"description": "The list", "content": content(answered)},
            "400": {"description": "Not understood", "content": content(refused)},
            "413": {"description": "Body too large", "content": content(refused)},
        },
    }
