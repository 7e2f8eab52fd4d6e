"""What the doctor says of one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from workers.vendors.answers import TITLES, Answer
from workers.vendors.errors import AccessDenied, RateLimited, Rejected, VendorError
from workers.vendors.replies import NoRecord

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """`said` tells what was seen and, unless it is ok, what to do; a hint is no failure."""

    what: str
    state: Literal["ok", "failed", "hint"]
    said: str

    def __str__(self) -> str:
        return f"{self.state:<7} {self.what:<24} {' '.join(self.said.split())}"


def ok(what: str, said: str) -> Finding:
    return Finding(what, "ok", said)


def failed(what: str, said: str) -> Finding:
    return Finding(what, "failed", said)


def hint(what: str, said: str) -> Finding:
    return Finding(what, "hint", said)


def notices(what: str, answer: Answer) -> Iterator[Finding]:
    """A hint where the vendor prints something around its JSON."""
    if answer.noisy:
        yield hint(
            what,
            "prints something around its JSON, such as PHP notices; it is read all the same, but switch "
            "display_errors off there",
        )


class Refused(Exception):
    """A vendor did not answer as it should; `finding` says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.said)
        self.finding = finding


def ask(what: str, call: Callable[[], T], refusals: dict[int, str]) -> T:
    """What the call gives. `refusals` has what to do by HTTP status. Raises `Refused`."""
    try:
        return call()
    except VendorError as error:
        raise Refused(failed(what, _sentence(error, refusals))) from None
    except NoRecord as error:
        raise Refused(failed(what, f"{error}; check that the address is the vendor's API")) from None


def _sentence(error: VendorError, refusals: dict[int, str]) -> str:
    said = error.sentence.rstrip(".")
    if isinstance(error, RateLimited):
        # Whoever is told of the quota has been let in.
        when = "later" if error.retry_after is None else f"in {error.retry_after:g} s"
        return f"{said}; the key is good, run this again {when}"
    # A redirect, or a page of somebody in front, says nothing of what the vendor thinks of us.
    own = isinstance(error, AccessDenied | Rejected) and not 300 <= (error.status or 0) < 400
    action = refusals.get(error.status or 0, "") if own else error.next_action
    if not action:
        action = error.next_action or f"Check {error.vendor.upper()}_URL and the network."
    title = TITLES[error.vendor]
    return f"{said if title in said else f'{title}: {said}'}. {action}"
