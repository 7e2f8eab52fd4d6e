"""The real configuration of gunicorn with one worker and deadlines that a test can wait for."""

from service.edge.worker import Worker as _Worker
from service.gunicorn_config import *  # noqa: F403  # mypy: every setting of it


class Quick(_Worker):
    """The same with less patience."""

    ARRIVAL = 2.0
    ANSWER = 2.0
    LINGER = 1.0


workers = 1
worker_class = "tests.edge.quick_config.Quick"
