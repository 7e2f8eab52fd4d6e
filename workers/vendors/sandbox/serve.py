"""Running the sandbox: one gunicorn worker process with threads, because its state is in memory."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from workers.vendors.sandbox import create_app
from workers.vendors.sandbox.config import SandboxConfig

THREADS = 16
KEEPALIVE_SECONDS = 75
"""Longer than our client keeps an idle connection, so that a call never meets one that is being closed."""
GRACE_SECONDS = 3


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, options: dict[str, Any], load: Callable[[], Flask]) -> None:
        self._options = options
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._load()


def serve(config: SandboxConfig, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT, then leave with exit code 0."""
    options = {
        "bind": f"{host}:{port}",
        "workers": 1,
        "worker_class": "gthread",
        "threads": THREADS,
        "keepalive": KEEPALIVE_SECONDS,
        "graceful_timeout": GRACE_SECONDS,
        "control_socket_disable": True,  # it would be written to the home folder
        "accesslog": None,
        "loglevel": "warning",
        "proc_name": "perezvon-sandbox",
    }
    _Server(options, lambda: create_app(config)).run()
