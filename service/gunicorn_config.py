"""How gunicorn serves the web process. Each setting with its reason."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from service import log, settings
from service.settings import SettingsError

try:
    _settings = settings.load(os.environ)
except SettingsError as error:
    sys.exit(f"perezvon: {error}")

_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host
bind = f"{_host}:{_settings.port}"
wsgi_app = "service.app:create_app()"
# One import for all workers, and a mistake stops the start instead of restarting workers for ever.
preload_app = True
# Requests wait for the ledger, so threads (the fastest worker class of those tried, DEPENDENCIES); they wait
# for no sender.
worker_class = "service.edge.worker.Worker"
workers = 2
threads = 8
# Of a worker: with their files, sockets of vendors and the ledger they stay below the usual limit of 1024.
worker_connections = 500
# Above the 60 s for which balancers keep a connection: whoever closes first must not be us.
keepalive = 75
# A rule of the help desk may put a template into the address.
limit_request_line = 8190
# Without it keep-alive connections can all land on one worker.
reuse_port = True
# It would write into the home folder.
control_socket_disable = True
# A worker's heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes a file of its own
# Above the 5 s that a sender waits for us: what was taken is answered before the process ends.
graceful_timeout = 15
# Addresses hold tokens, and people: what is worth a line is logged by the application.
accesslog = None


def on_starting(_: Any) -> None:
    """The arbiter's own lines go where all the others do."""
    log.configure(log.Redactor(log.secrets_of(_settings)))
