"""Serve a logged model with the code that was logged with it.

A model ships its own package ``model``, app included, and a clone has one of the same name. What
answers must be what was evaluated, so this script runs in processes that have not imported the
clone's ``model``: they find the model's files and put their code first on the path. Stock ``mlflow
models serve`` comes to the same, also in a clone: it imports no ``model`` before the logged one is
first on the path. A process that has already imported the clone's ``model``, as training does,
keeps it for the models it loads; the format number in their manifest tells if it can read them.

::

    refresh_seconds = 0     this process loads the model ──► workers
    refresh_seconds > 0     this process ──► one that loads version 7 ──► workers
                                         ──► one that loads version 8 ──► workers (7 leaves)
                                         ──► one that watches the alias
"""

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

CLONE = str(Path(__file__).parents[2])


def start(model_uri: str, host: str, port: int, workers: int, refresh_seconds: float) -> NoReturn:
    """Become the server: it replaces this process, so that signals reach it directly."""
    options = [model_uri, host, str(port), str(workers), str(refresh_seconds)]
    # -P: neither the working directory nor this file's folder is on the path.
    os.execv(sys.executable, [sys.executable, "-P", __file__, *options])


def main() -> None:
    """Answer until SIGTERM or Ctrl-C, alone or as one of the supervisor's children."""
    asked = _arguments()
    # Last: the model's own code comes first, and is put there before ``model`` is imported.
    sys.path.append(CLONE)
    from training.serving.process import end_on_signals

    end_on_signals()
    if asked.watch:
        _watch(asked)
    elif asked.listener is not None:
        _answer_for_the_supervisor(asked)
    elif asked.refresh_seconds:
        _follow(asked)
    else:
        _answer(asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("model_uri")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("workers", type=int)
    parser.add_argument("refresh_seconds", type=float)
    parser.add_argument("--tell", type=int, help="descriptor to which lines are said")
    parser.add_argument("--listener", type=int, help="descriptor of the socket to answer on")
    parser.add_argument("--watch", action="store_true", help="say where the alias leads")
    return parser.parse_args()


def _answer(asked: argparse.Namespace) -> None:
    """Load one version and answer from it."""
    from training.serving.generation import Generation
    from training.serving.process import project_parent
    from training.serving.source import located

    parent = project_parent()
    listener = bound(asked.host, asked.port)
    path, version = located(asked.model_uri)
    generation = Generation(path, version, asked.workers)
    generation.answer(listener, lambda: _announce(listener, asked, version), parent)


def _follow(asked: argparse.Namespace) -> None:
    """Answer from whatever version the alias leads to."""
    from training.serving.child import Child
    from training.serving.process import project_parent
    from training.serving.supervisor import Supervisor

    parent = project_parent()
    listener = bound(asked.host, asked.port)

    def answers(model_uri: str) -> Child:
        shared = str(listener.fileno())
        return Child.of(
            lambda tell: _command(asked, model_uri, "--listener", shared, "--tell", str(tell)),
            listener.fileno(),
        )

    def watches() -> Child:
        return Child.of(
            lambda tell: _command(asked, asked.model_uri, "--watch", "--tell", str(tell))
        )

    supervisor = Supervisor(answers, watches, asked.model_uri)
    supervisor.follow(lambda version: _announce(listener, asked, version), parent)


def _answer_for_the_supervisor(asked: argparse.Namespace) -> None:
    from training.serving.generation import Generation
    from training.serving.process import Parent
    from training.serving.source import located

    parent = Parent()
    path, version = located(asked.model_uri)
    generation = Generation(path, version, asked.workers)
    listener = socket.socket(fileno=asked.listener)
    generation.answer(listener, lambda: _tell(asked, version), parent)


def _watch(asked: argparse.Namespace) -> None:
    from training.serving.watcher import watch

    watch(asked.model_uri, asked.refresh_seconds, lambda version: _tell(asked, version))


def _tell(asked: argparse.Namespace, line: str) -> None:
    """Say something to the supervisor; end where it is gone, as forked workers do then, too."""
    from training.serving.process import leave

    try:
        os.write(asked.tell, f"{line}\n".encode())
    except BrokenPipeError:
        leave(0)


def _command(asked: argparse.Namespace, model_uri: str, *more: str) -> list[str]:
    options = (asked.host, asked.port, asked.workers, asked.refresh_seconds)
    return [sys.executable, "-P", __file__, model_uri, *map(str, options), *more]


def bound(host: str, port: int) -> socket.socket:
    """A socket with the address taken; it does not listen before the model can answer."""
    from training.serving.process import refuse

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        refuse(f"host = {host!r}, port = {port} cannot be listened on: {error.strerror}")
    return listener


def _announce(listener: socket.socket, asked: argparse.Namespace, version: str) -> None:
    """Say once that requests are answered."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    said = f"{asked.model_uri} (version {version}), {asked.workers} worker(s)"
    print(f"ready: POST http://{shown}:{port}/recommend answers from {said}", flush=True)


if __name__ == "__main__":
    main()
