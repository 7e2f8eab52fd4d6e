"""Runs one claimed event's flow and writes what became of the event."""

from __future__ import annotations

import logging
from random import Random

from marshmallow import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from service.ledger import claims, waiting
from service.ledger.claims import Claimed, LeaseLost
from service.ledger.clock import SECOND
from service.ledger.database import Ledger, is_refusal, refused_fields
from service.ledger.life import Reason
from service.settings import Settings
from workers.flows import FLOWS, SWITCHED_OFF, is_on
from workers.flows.calls import Calls
from workers.flows.flow import Flow
from workers.flows.outcome import Dead, Done, Later, decide
from workers.pacing import backoff

log = logging.getLogger(__name__)

# A mistake in the program may hang together with the moment (a full disk, a half-started process); one that
# comes back this often does not.
MOST_CRASHES = 5


class Runner:
    """The flows of this process, with what they need."""

    def __init__(self, settings: Settings, ledger: Ledger, calls: Calls, randomness: Random) -> None:
        self._settings = settings
        self._ledger = ledger
        self._calls = calls
        self._random = randomness

    def run(self, held: Claimed) -> None:
        """Work the event as far as it goes now. Never raises."""
        try:
            self._calls.rewound.look()
            flow = Flow(held, self._ledger, self._calls)
            outcome = self._work(flow)
            try:
                self._settle(flow, outcome)
            except (SQLAlchemyError, OverflowError, UnicodeEncodeError) as error:
                if not is_refusal(error):
                    raise
                self._settle(flow, _refused(flow, error))
        except LeaseLost:
            log.warning("the event was given to another worker", extra={"event_id": held.id})
        except SQLAlchemyError as error:
            # The lease gives the event back once the ledger is there again.
            log.error("the ledger is away", extra={"event_id": held.id, "error": type(error).__name__})
        except Exception:
            log.exception("an event could not be settled", extra={"event_id": held.id})

    def _work(self, flow: Flow) -> Done | Later | Dead:
        held = flow.event
        act = FLOWS.get(held.type)
        if act is None:
            return Done("Recorded only: no flow is there for this type of event.")
        if not is_on(held.type, self._settings.config.flows):
            return Done(SWITCHED_OFF)
        try:
            with flow.branch():
                act(flow, self._settings)
        except LeaseLost:
            raise
        except Exception as error:
            if isinstance(error, SQLAlchemyError) and not is_refusal(error):
                raise
            if is_refusal(error):
                log.exception("the database refuses a value", extra={"event_id": held.id, "type": held.type})
                return _refused(flow, error)
            log.exception("a flow failed", extra={"event_id": held.id, "type": held.type})
            return self._crashed(held, error)
        return decide(flow.troubles, flow.remarks, held.failures, self._random, self._settings.config)

    def _crashed(self, held: Claimed, error: Exception) -> Later | Dead:
        what = "data that cannot be worked" if isinstance(error, ValidationError) else "an error in Perezvon"
        message = f"Stopped by {what} ({type(error).__name__})."
        if held.failures >= MOST_CRASHES:
            return Dead(message, "Send the log of this event to the developers; retry it after an update.")
        seconds = backoff.delay(held.failures, self._random, self._settings.config.retry_transient)
        return Later(Reason.BACKOFF, int(seconds * SECOND), message, failed=True)

    def _settle(self, flow: Flow, outcome: Done | Later | Dead) -> None:
        held = flow.event
        facts: dict[str, object] = {"event_id": held.id, "type": held.type, "subject": held.subject}
        with self._ledger.write() as session:
            match outcome:
                case Done(message):
                    claims.done(session, held, message, idle=flow.idle)
                    facts |= {"status": "done"}
                case Later(reason, delay, message, failed, vendors):
                    waits_for = waiting.written(vendors)
                    claims.wait(session, held, reason, delay, message, failed=failed, waits_for=waits_for)
                    facts |= {"status": "waiting", "reason": str(reason), "delay_ms": delay}
                case Dead(message, next_action):
                    claims.die(session, held, message, next_action)
                    facts |= {"status": "dead", "why": message}
            flow.keep_known(session)
        log.info("event worked", extra=facts)


def _refused(flow: Flow, error: Exception) -> Dead:
    """A value that no run will bring into the database: a person has to look at it."""
    fields = ", ".join(refused_fields(error)) or "a value"
    return Dead(
        f"The database refuses {fields} in what {flow.at or 'the flow'} found out.",
        "Correct that at the vendor, or in the data, and replay the event.",
    )
