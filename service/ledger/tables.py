"""The ledger's tables: the truth about every event, step and attempt.

Times are milliseconds since 1970 (see `clock`). `event_id` here is the event's number in the ledger (`seq`),
which is also the order of arrival; outside an event is known by its `id`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

# SQLite numbers rows only by a plain INTEGER key.
_Id = BigInteger().with_variant(Integer, "sqlite")
_Json = JSON().with_variant(JSONB(), "postgresql")
# As it was written: JSONB would put the fields into an order of its own. Without a value it is NULL.
_AsWritten = JSON(none_as_null=True)
_OPEN = text("status IN ('received', 'running', 'waiting')")
_MERGED = text("merge_key IS NOT NULL AND status IN ('received', 'running', 'waiting')")


class Table(DeclarativeBase):
    metadata = MetaData(
        # Names that a migration can find again on either database.
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Event(Table):
    """One thing that happened in a vendor's system and that has to be carried (CloudEvents names)."""

    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(36), unique=True)
    source: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(200))
    time: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any]] = mapped_column(_Json)
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    content_type: Mapped[str] = mapped_column(String(200))
    dedupe_key: Mapped[str] = mapped_column(String(250), unique=True)
    lane: Mapped[str] = mapped_column(String(16))

    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(16))
    message: Mapped[str | None] = mapped_column(Text)
    next_action: Mapped[str | None] = mapped_column(Text)
    not_before: Mapped[int] = mapped_column(BigInteger)
    claim: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    # Events of the same key ask for the same thing and can be one call (see `workers.flows.case_edit`).
    merge_key: Mapped[str | None] = mapped_column(String(64))
    # How we came to know of it (`life.Origin`); NULL in ledgers from before that was written down.
    origin: Mapped[str | None] = mapped_column(String(16))
    # It ended without having found anything: of no use to anybody once there is a later one of its kind.
    idle: Mapped[bool] = mapped_column(default=False, server_default=false())
    # How often in a row its lease lapsed while it was running, without a step ended in between.
    crashes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    # The vendors that it waits for (see `waiting`); NULL: none, or from before that was written down.
    waits_for: Mapped[str | None] = mapped_column(String(80))
    # A person wants it worked now: its next run makes its calls whatever stands against them.
    forced: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Set aside by a person: later events of its subject do not wait for it.
    skipped_at: Mapped[int | None] = mapped_column(BigInteger)

    # What was known (links of that kind) when the flow asked first, by "vendor subject"; it is overwritten by
    # the event itself and by later ones. For `perezvon config try` alone. NULL: it did not ask, or not kept.
    known_before: Mapped[dict[str, Any] | None] = mapped_column(_AsWritten, deferred=True)

    replay_of: Mapped[str | None] = mapped_column(String(36))
    received_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)

    steps: Mapped[list[Step]] = relationship(order_by="Step.id", back_populates="event")
    attempts: Mapped[list[Attempt]] = relationship(order_by="Attempt.id", back_populates="event")

    __table_args__ = (
        # What the dispatcher and the claims look for; small, because ended events are not in it.
        Index("ix_events_due", "lane", "not_before", sqlite_where=_OPEN, postgresql_where=_OPEN),
        # Who stands before an event in its subject.
        Index("ix_events_order", "subject", "seq", sqlite_where=_OPEN, postgresql_where=_OPEN),
        # Which events can be one call with it.
        Index("ix_events_merge", "merge_key", "seq", sqlite_where=_MERGED, postgresql_where=_MERGED),
        Index("ix_events_subject", "subject"),
        Index("ix_events_status", "status", "seq"),
        Index("ix_events_received", "received_at"),
    )


class Step(Table):
    """A named step of an event's flow that has ended: its result, or why it can never succeed."""

    __tablename__ = "steps"

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    event_seq: Mapped[int] = mapped_column(ForeignKey("events.seq", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(16))
    result: Mapped[Any] = mapped_column(_Json)
    message: Mapped[str | None] = mapped_column(Text)
    next_action: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[int] = mapped_column(BigInteger)

    event: Mapped[Event] = relationship(back_populates="steps")

    __table_args__ = (UniqueConstraint("event_seq", "name"),)


class Attempt(Table):
    """One call to a vendor, written before it is made; without `ended_at` its outcome is unknown."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    event_seq: Mapped[int] = mapped_column(ForeignKey("events.seq", ondelete="CASCADE"))
    step: Mapped[str] = mapped_column(String(60))
    vendor: Mapped[str] = mapped_column(String(20))
    operation: Mapped[str] = mapped_column(String(80))
    repeatable: Mapped[bool]
    started_at: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(String(20))
    http_status: Mapped[int | None] = mapped_column(Integer)
    message: Mapped[str | None] = mapped_column(Text)
    calls_left: Mapped[int | None] = mapped_column(Integer)
    # What was sent, and what was answered to a read: for `perezvon config try` alone, so nothing else loads
    # them. Customers' data, which live as long as their event. NULL: not kept.
    request: Mapped[dict[str, Any] | None] = mapped_column(_AsWritten, deferred=True)
    answer: Mapped[Any] = mapped_column(_AsWritten, nullable=True, deferred=True)

    event: Mapped[Event] = relationship(back_populates="attempts")

    __table_args__ = (
        Index("ix_attempts_event_seq", "event_seq", "id"),
        Index("ix_attempts_started_at", "started_at"),
    )


class Link(Table):
    """Which thing in a vendor's system belongs to a subject: its case, its contact."""

    __tablename__ = "links"

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(String(200))
    vendor: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(80))
    data: Mapped[dict[str, Any]] = mapped_column(_Json)
    created_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        UniqueConstraint("subject", "vendor", "kind"),
        Index("ix_links_external", "vendor", "kind", "external_id"),
    )


class Vendor(Table):
    """A vendor's lane: running, paused by a person, or denied by the vendor; and the quota last seen."""

    __tablename__ = "vendors"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    message: Mapped[str | None] = mapped_column(Text)
    changed_by: Mapped[str | None] = mapped_column(String(80))
    changed_at: Mapped[int] = mapped_column(BigInteger)
    not_before: Mapped[int] = mapped_column(BigInteger, default=0)
    # A person wants one call now: until then it may be taken by the first that would not be made otherwise.
    try_until: Mapped[int | None] = mapped_column(BigInteger)
    quota_limit: Mapped[int | None] = mapped_column(Integer)
    quota_left: Mapped[int | None] = mapped_column(Integer)
    quota_seen_at: Mapped[int | None] = mapped_column(BigInteger)
    # What the pacing's shared state in Redis knew last, for a cold start and for the dashboard, and Redis'
    # time of it.
    pacing: Mapped[dict[str, Any] | None] = mapped_column(_Json)
    pacing_at: Mapped[int | None] = mapped_column(BigInteger)


class AuditEntry(Table):
    """What a person did: who, what, to what, when."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(_Id, primary_key=True, autoincrement=True)
    at: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(_Json)

    __table_args__ = (Index("ix_audit_at", "at"),)


class Mark(Table):
    """What the program remembers from run to run: how far a list was walked, how the clock stood."""

    __tablename__ = "marks"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(_Json)
    updated_at: Mapped[int] = mapped_column(BigInteger)
