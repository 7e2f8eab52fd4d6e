"""Everything as real processes: the service, the sandbox, Redis and PostgreSQL, each behind a proxy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from service.ledger.database import Ledger
from service.settings import database_url
from tests.chaos.proxy import Proxy
from tests.chaos.servers import Postgres, Redis, limit_files, short_folder
from tests.stack import Sandbox, Service, Stack, environment, running_sandbox

# More than any run needs: the quota is another suite's business.
QUOTA = 50_000_000


@dataclass
class World:
    """What faults are done to, and what is looked at in the end."""

    stack: Stack
    redis: Redis
    proxy: Proxy
    postgres: Postgres | None
    postgres_proxy: Proxy | None
    ledger_url: str
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.ledger_url)

    @property
    def service(self) -> Service:
        return self.stack.service

    @property
    def sandbox(self) -> Sandbox:
        return self.stack.sandbox

    def open_ledger(self) -> None:
        """Look into the ledger that stands there now."""
        self.ledger.close()
        self.ledger = Ledger(self.ledger_url)

    def close(self) -> None:
        self.ledger.close()

    def pids(self, part: str) -> list[int]:
        """Processes of the service with `part` in their command line."""
        return self.service.pids(part)

    def fill_disk(self, room: int | None) -> None:
        """The ledger's disk has room for files of `room` bytes, or for all again with None."""
        if self.postgres:
            pids = [] if self.postgres.ended() else self.postgres.pids()
            limit_files(pids, room, self.postgres.owner)
        else:
            limit_files(self.pids("gunicorn") + self.pids("celery -A workers.app"), room, {})


@contextmanager
def running(database: str) -> Iterator[World]:
    """The world on `sqlite` or `postgres`; nothing of it is left afterwards."""
    with ExitStack() as ending:
        home: Path = ending.enter_context(short_folder("perezvon-chaos-"))
        sandbox, _ = ending.enter_context(running_sandbox(home))
        sandbox.put("/sandbox/quota", {"limit": QUOTA})
        redis_home = ending.enter_context(short_folder("perezvon-chaos-r-"))
        redis = Redis(redis_home)
        redis.start()
        ending.callback(redis.close)
        proxy = Proxy(("127.0.0.1", redis.port))
        ending.callback(proxy.close)
        more = {"REDIS_URL": f"redis://127.0.0.1:{proxy.port}/0"}
        postgres = postgres_proxy = None
        if database == "postgres":
            postgres = Postgres(ending.enter_context(short_folder("perezvon-chaos-p-")))
            postgres.start()
            ending.callback(postgres.close)
            postgres_proxy = Proxy(("127.0.0.1", postgres.port))
            ending.callback(postgres_proxy.close)
            more["DATABASE_URL"] = f"postgresql://postgres@127.0.0.1:{postgres_proxy.port}/postgres"
        if "PYTHONPATH" in os.environ:
            more["PYTHONPATH"] = os.environ["PYTHONPATH"]
        service = Service(environment(home, sandbox.url, **more), home / "up.log")
        service.start()
        ending.callback(_end, service)
        service.wait_ready()
        address = database_url(postgres.url if postgres else None, home / "var")
        world = World(Stack(service, sandbox), redis, proxy, postgres, postgres_proxy, address)
        ending.callback(world.close)
        yield world


def _end(service: Service) -> None:
    if service.process.poll() is None:
        service.stop()
