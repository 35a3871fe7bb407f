"""One version of the model, answering: loaded and tried once, then forked into workers."""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from training.serving.process import DRAIN, Parent, reason, refuse
from training.serving.workers import Worker, Workers

GRACE_SECONDS = 10
"""How long answers under way may take after SIGTERM."""

BACKLOG = 2048

SMOKE = {"user_id": None}
"""What a model is asked before it answers anybody: the list of a stranger."""


@dataclass(frozen=True)
class Generation:
    """What answers: a model's folder, its version, and how many processes."""

    path: Path
    version: str
    workers: int

    def answer(
        self, listener: socket.socket, ready: Callable[[], None], parent: Parent | None = None
    ) -> None:
        """Load, try, fork, call ``ready``, and return when all workers were told to leave.

        Parameters
        ----------
        parent : Parent, optional
            The process without which there is nothing to answer for.
        """
        config = self._config(self._loaded())
        try:
            listener.listen(BACKLOG)
        except OSError as error:
            refuse(f"{listener.getsockname()} cannot be listened on: {error.strerror}")
        # What is loaded stays in pages that all workers share: no collector writes to them.
        gc.collect()
        gc.freeze()
        workers = Workers(lambda: _work(config, listener), self.workers)
        workers.start()
        ready()
        workers.wait(parent)

    def _loaded(self) -> Any:
        """The app of the model's own code, after it has given a stranger an answer."""
        sys.path.insert(0, str(self.path / "code"))
        try:
            from model.app import MODEL_PATH, VERSION_VARIABLE, create_app

            os.environ.update({MODEL_PATH: str(self.path), VERSION_VARIABLE: self.version})
            app = create_app()
            products = asyncio.run(asked(app))
        except Exception as error:
            refuse(f"the model in {self.path} does not answer: {reason(error)}")
        if not products:
            refuse(f"the model in {self.path} shows a stranger no product at all")
        return app

    def _config(self, app: Any) -> uvicorn.Config:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="none",
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        config.load()
        return config


def _work(config: uvicorn.Config, listener: socket.socket) -> None:
    worker = Worker(config)
    signal.signal(DRAIN, worker.handle_exit)
    worker.run([listener])


async def asked(app: Any) -> list[str]:
    """The products that ``POST /recommend`` gives a stranger, without a network.

    Raises
    ------
    ValueError
        If the answer is not a 200 with a list.
    """
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps(SMOKE).encode()}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/recommend", "headers": []}
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent)
    if sent[0]["status"] != 200:
        raise ValueError(f"status {sent[0]['status']}: {body.decode('utf-8', 'replace')}")
    return list(json.loads(body)["recommended_products"])
