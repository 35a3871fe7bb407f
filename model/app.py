"""MLflow's own scoring app with ``POST /recommend`` beside it.

The route stands outside MLflow's app, so that MLflow's time-out middleware, which halves
throughput, does not apply to an answer that takes microseconds.
"""

import json
import os
from typing import Any

import mlflow
import uvicorn
from mlflow.pyfunc import scoring_server
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Mount, Route

from model.answer import answer
from model.recommender import Recommender
from model.request import Request

MODEL_URI = "PRODUCT_RECOMMENDER_MODEL_URI"
"""The environment variable by which worker processes learn what to serve."""

MAX_BODY_BYTES = 1_000_000


def create_app() -> Starlette:
    """Load the model named by the environment and build the app; uvicorn's factory."""
    model = mlflow.pyfunc.load_model(os.environ[MODEL_URI])
    recommender = model.unwrap_python_model().recommender
    return app_around(recommender, scoring_server.init(model))


def app_around(recommender: Recommender, scoring_app: Any) -> Starlette:
    """``/recommend`` first, every other path to MLflow's scoring app."""

    async def recommend(http_request: HttpRequest) -> Response:
        body = await http_request.body()
        try:
            return _json(answer(recommender, _request(body)))
        except ValueError as error:
            return _json({"error_code": "INVALID_PARAMETER_VALUE", "message": str(error)}, 400)

    routes = [Route("/recommend", recommend, methods=["POST"]), Mount("/", scoring_app)]
    return Starlette(routes=routes)


def _request(body: bytes) -> Request:
    if len(body) > MAX_BODY_BYTES:
        raise ValueError(f"the body has {len(body)} bytes; allowed: {MAX_BODY_BYTES}")
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError('the body is not JSON; allowed: {"user_id": "…"}') from None
    if not isinstance(given, dict):
        raise ValueError('the body is not a JSON object; allowed: {"user_id": "…"}')
    return Request.of(given)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, media_type="application/json")


def serve(model_uri: str, host: str, port: int, workers: int) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    os.environ[MODEL_URI] = model_uri
    uvicorn.run(
        "model.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,
        loop="uvloop",
        http="httptools",
    )
