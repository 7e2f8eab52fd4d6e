"""Is the process alive, can it do its work, and how much is there of it: probes and metrics."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from service.ledger import events, migrate
from service.ledger.clock import SECOND
from service.ledger.database import Ledger
from service.ledger.migrate import Standing
from service.ledger.tables import Attempt, Event, Vendor
from service.wake import Waker

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers. Asks nothing of others: a restart would not mend them."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Requests can be taken: the ledger is there, in our form or a newer one. Redis is only a warning."""
    ledger: Ledger = current_app.extensions["ledger"]
    waker: Waker = current_app.extensions["waker"]
    try:
        revision = migrate.current(ledger)
    except SQLAlchemyError:
        return jsonify(status="not ready", ledger="away"), 503
    if migrate.standing(revision) is Standing.BEHIND:
        said = f"at {revision or 'nothing'}, not {migrate.head()}: run perezvon migrate"
        return jsonify(status="not ready", ledger=said), 503
    return jsonify(status="ready", ledger="ok", redis="ok" if waker.is_up() else "away: events go out later")


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Prometheus metrics, counted in the ledger: the same from every web process, and after a restart."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_LedgerCollector(current_app.extensions["ledger"]))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _LedgerCollector(Collector):
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def collect(self) -> Iterator[GaugeMetricFamily]:
        by_status = GaugeMetricFamily(
            "perezvon_events", "Events in the ledger", labels=["type", "status", "reason"]
        )
        due = GaugeMetricFamily(
            "perezvon_oldest_due_seconds", "How long the event that waits longest has been due"
        )
        attempts = GaugeMetricFamily(
            "perezvon_attempts", "Calls to vendors in the ledger", labels=["vendor", "operation", "outcome"]
        )
        left = GaugeMetricFamily(
            "perezvon_quota_left", "Calls left in the vendor's window when last seen", labels=["vendor"]
        )
        refusals = GaugeMetricFamily(
            "perezvon_quota_refusals",
            "Calls that the vendor refused for its quota, since the pacing's state began",
            labels=["vendor"],
        )
        corrections = GaugeMetricFamily(
            "perezvon_quota_corrections",
            "Wrong guesses about the vendor's quota that its answers put right",
            labels=["vendor", "guess"],
        )
        breakers = GaugeMetricFamily(
            "perezvon_breakers_open",
            "Circuit breakers that are open: of operations, or of all",
            labels=["vendor"],
        )
        running = GaugeMetricFamily("perezvon_vendor_running", "1 unless paused or denied", labels=["vendor"])
        with self._ledger.read() as session:
            for type_, status, reason, number in session.execute(
                select(Event.type, Event.status, Event.reason, func.count()).group_by(
                    Event.type, Event.status, Event.reason
                )
            ):
                by_status.add_metric([type_, status, reason or ""], number)
            due.add_metric([], (events.oldest_due(session) or 0) / SECOND)
            for vendor, operation, outcome, number in session.execute(
                select(Attempt.vendor, Attempt.operation, Attempt.outcome, func.count()).group_by(
                    Attempt.vendor, Attempt.operation, Attempt.outcome
                )
            ):
                attempts.add_metric([vendor, operation, outcome or "unknown"], number)
            for row in session.scalars(select(Vendor)):
                running.add_metric([row.name], row.state == "running")
                if row.pacing:
                    refusals.add_metric([row.name], row.pacing.get("refusals", 0))
                    breakers.add_metric([row.name], len(row.pacing.get("open", [])))
                    for guess, number in row.pacing.get("corrections", {}).items():
                        corrections.add_metric([row.name, guess], number)
                if row.quota_left is not None:
                    left.add_metric([row.name], row.quota_left)
        yield from (by_status, due, attempts, left, refusals, corrections, breakers, running)
