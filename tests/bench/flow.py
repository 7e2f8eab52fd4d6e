"""The whole flow and the accept alone, beside a plain Flask and Celery service, in interleaved rounds.

    python -m tests.bench.flow [--events N] [--rounds N] [--latency MS] [--database postgres|sqlite]

Real processes on both sides, the same vendors (`tests.bench.vendors`), the same sender. Every event is
verified afterwards: one contact, one case, one line in the notes. Prints each round and the ratios of the
medians; the figures themselves are worth nothing on another machine.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from service.cli.guard import bind_to_parent
from service.redis_url import broker_url
from tests.bench.load import Sent, send
from tests.servers import run_postgres, run_redis
from tests.stack import BIN, CSCART_TOKEN, Service, environment, free_port, wait_until

LONGEST_SECONDS = 300.0


@dataclass
class Side:
    """One of the two services: where events are sent, and where a bare answer is to be had."""

    name: str
    hook: str
    vendors: str
    numbers: Iterator[int]
    flows: list[float] = field(default_factory=list)
    accepts: list[Sent] = field(default_factory=list)

    def seen(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.vendors}/seen", timeout=30).json()
        return found

    def flow(self, events: int) -> float:
        """Carry so many events; gives how many a second."""
        numbers = [str(next(self.numbers)) for _ in range(events)]
        began = time.perf_counter()
        sent = send(self.hook, [_row(number) for number in numbers], 8)
        assert not sent.refused, f"{sent.refused} were refused by {self.name}"
        last = numbers[-1]
        wait_until(lambda: _carried(self.seen(), numbers), f"{last} is carried", LONGEST_SECONDS)
        took = time.perf_counter() - began
        seen = self.seen()
        for number in numbers:
            assert seen["contacts"].get(number) == 1, f"{self.name}: contacts of {number}"
            assert seen["cases"].get(number) == 1, f"{self.name}: cases of {number}"
        self.flows.append(events / took)
        return events / took


def _carried(seen: dict[str, Any], numbers: Sequence[str]) -> bool:
    return all(number in seen["notes"] and number in seen["contacts"] for number in numbers)


def _row(number: str) -> bytes:
    row = {
        "request_id": number,
        "company_id": "1",
        "order_id": "0",
        "user_id": "0",
        "product_id": "0",
        "timestamp": str(int(time.time())),
        "status": "new",
        "name": f"Покупатель {number}",
        # Another customer each time: a second request of one would join the first.
        "phone": f"+7917{int(number) % 10_000_000:07}",
        "time_from": "10:00",
        "time_to": "12:00",
        "notes": "",
        "cart_products": "",
    }
    return json.dumps(row, ensure_ascii=False).encode()


@contextmanager
def _process(command: list[Any], environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=bind_to_parent,  # noqa: PLW1509 - one system call
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def vendors(folder: Path, latency: float) -> Iterator[str]:
    """The vendors' address."""
    port = free_port()
    command = [BIN / "python", "-m", "tests.bench.vendors", str(port), str(latency)]
    with _process(command, dict(os.environ), folder / f"vendors-{port}.log"):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(f"{url}/seen"), "the vendors answer")
        yield url


@contextmanager
def plain(folder: Path, postgres: str, redis: str, latency: float, pool: str) -> Iterator[Side]:
    """The baseline; `pool`: the options of its Celery worker."""
    with ExitStack() as ending:
        address = ending.enter_context(vendors(folder, latency))
        port = free_port()
        environ = dict(os.environ) | {
            "PLAIN_DATABASE": postgres,
            "PLAIN_BROKER": broker_url(f"{redis}?db=1"),
            "PLAIN_VENDORS": address,
        }
        subprocess.run(
            [BIN / "python", "-c", "from tests.bench import plain; plain.create_table()"],
            env=environ,
            check=True,
        )
        web = [BIN / "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
        web += ["--workers", "2", "--threads", "8", "--reuse-port", "--no-control-socket"]
        web += ["--log-level", "error", "tests.bench.plain:app"]
        ending.enter_context(_process(web, environ, folder / "plain-web.log"))
        worker = [BIN / "celery", "-A", "tests.bench.plain:celery_app", "worker", *pool.split()]
        worker += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "error"]
        ending.enter_context(_process(worker, environ, folder / "plain-worker.log"))
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _posted(f"{url}/bare"), "the plain service answers")
        yield Side("plain", f"{url}/hook", address, iter(range(1, 10**9)))


@contextmanager
def ours(folder: Path, postgres: str | None, latency: float) -> Iterator[tuple[Side, Service]]:
    """`perezvon up`, with its own Redis; `postgres`: its database, else SQLite."""
    with vendors(folder, latency) as address:
        more = {"DATABASE_URL": postgres} if postgres else {}
        more |= {"OMNIDESK_QUOTA_PER_WINDOW": "100000"}
        service = Service(environment(folder, address, **more), folder / "up.log")
        service.start()
        try:
            service.wait_ready()
            hook = f"{service.url}/webhooks/cscart/{CSCART_TOKEN}"
            yield Side("perezvon", hook, address, iter(range(1, 10**9))), service
        finally:
            service.stop()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _posted(url: str) -> bool:
    try:
        return requests.post(url, timeout=2).ok
    except requests.RequestException:
        return False


def main() -> None:
    """Run it, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--accepts", type=int, default=3000)
    given = parser.parse_args()
    pool = "--pool threads --concurrency 16" if given.latency else "--pool prefork --concurrency 2"
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="perezvon-bench-")))
        redis = ending.enter_context(run_redis())
        plain_database = ending.enter_context(run_postgres())
        own = ending.enter_context(run_postgres()) if given.database == "postgres" else None
        theirs = ending.enter_context(plain(folder, plain_database, redis, given.latency, pool))
        mine, service = ending.enter_context(ours(folder, own, given.latency))
        for side in (theirs, mine):
            side.flow(40)
            side.flows.clear()
        for number in range(given.rounds):
            print(  # noqa: T201
                f"round {number + 1}: whole flow a second:"
                f" plain {theirs.flow(given.events):.0f}, perezvon {mine.flow(given.events):.0f}"
            )
        ratio = statistics.median(mine.flows) / statistics.median(theirs.flows)
        print(f"whole flow, {given.database}, {given.latency:g} ms: {ratio:.2f} of plain")  # noqa: T201
        if given.accepts:
            _accept(given, theirs, mine)
        del service


def _accept(given: argparse.Namespace, theirs: Side, mine: Side) -> None:
    bare_url = theirs.hook.replace("/hook", "/bare")
    for number in range(given.rounds):
        bare = send(bare_url, [b"{}"] * given.accepts)
        accepted = send(mine.hook, [_row(str(next(mine.numbers))) for _ in range(given.accepts // 3)])
        theirs.accepts.append(bare)
        mine.accepts.append(accepted)
        print(  # noqa: T201
            f"round {number + 1}: accepted a second: bare {len(bare.latencies) / bare.seconds:.0f},"
            f" perezvon {len(accepted.latencies) / accepted.seconds:.0f}"
            f" (p50 {accepted.percentile(0.5) * 1000:.0f} ms, p99 {accepted.percentile(0.99) * 1000:.0f} ms)"
        )
    rates = [
        statistics.median(len(one.latencies) / one.seconds for one in side.accepts) for side in (mine, theirs)
    ]
    print(f"accept, {given.database}: {rates[0] / rates[1]:.3f} of bare Flask")  # noqa: T201


if __name__ == "__main__":
    main()
