"""What operators do, for the API and the dashboard: in the ledger, in the audit, and then the lanes woken."""

from __future__ import annotations

from typing import Any

from service.api import queries, replays, vendor_queries
from service.api.context import ledger, waker
from service.ledger import operators
from service.ledger.life import Lane
from service.ledger.tables import Event
from service.problem import Problem


def find(session: Any, event_id: str) -> Event:
    """The event with that id. Raises `Problem` 404."""
    event = queries.find(session, event_id)
    if event is None:
        raise Problem(404, "There is no event with this id.")
    return event


def retry(event_id: str, actor: str) -> None:
    """Work a dead event again, or a waiting one at once. Raises `MoveRefused`."""
    with ledger().write() as session:
        event = find(session, event_id)
        operators.retry(session, event, actor)
        lane = event.lane
    waker().wake(lane)


def cancel(event_id: str, actor: str) -> None:
    """End an event that is not being worked. Raises `MoveRefused`."""
    with ledger().write() as session:
        event = find(session, event_id)
        operators.cancel(session, event, actor)
    # The next one of its subject may have waited for it, in either lane.
    _wake_all()


def skip(event_id: str, actor: str) -> None:
    """Set aside an event that holds up later ones of its subject. Raises `MoveRefused`."""
    with ledger().write() as session:
        event = find(session, event_id)
        operators.skip(session, event, actor)
    # Those that it held up may be in either lane.
    _wake_all()


def replay(event_id: str, actor: str, corrected: dict[str, Any] | None = None) -> str:
    """Make a new event from one that has ended; gives its id.

    Raises `MoveRefused`, or marshmallow's `ValidationError` when the data is not right.
    """
    with ledger().write() as session:
        event = find(session, event_id)
        operators.check_replay(event)
        new = replays.placed(session, event, replays.build(event, corrected))
        new_id = operators.replay(session, event, new, actor, corrected=corrected is not None)
    waker().wake(new.lane)
    return new_id


def pause(name: str, actor: str) -> None:
    """Stop calling a vendor."""
    with ledger().write() as session:
        operators.pause(session, _known(name), actor)


def resume(name: str, actor: str) -> None:
    """Call a vendor again, at once."""
    with ledger().write() as session:
        operators.resume(session, _known(name), actor)
    _wake_all()


def try_now(name: str, actor: str) -> None:
    """Make one call to a vendor now. Raises `MoveRefused` when a person paused it."""
    with ledger().write() as session:
        operators.try_now(session, _known(name), actor)
    _wake_all()


def _wake_all() -> None:
    for lane in Lane:
        waker().wake(lane)


def _known(name: str) -> str:
    if name not in vendor_queries.TITLES:
        raise Problem(404, f"There is no such vendor; there are {', '.join(vendor_queries.TITLES)}.")
    return name
