"""What can go wrong with a call to a vendor, told apart by what has to be done next.

    VendorError
      Transient        the vendor did not do it; the same call may be sent again later
        RateLimited    the vendor said that the quota is spent; `retry_after` seconds
      UnknownOutcome   it may have been done: look it up before it is sent again
      Rejected         the vendor will never do it as it was asked; carries the vendor's own words by field
        NotFound       the thing it was about is not there
        ThingDenied    access to that one thing is refused
      AccessDenied     the vendor lets nothing of ours in: its lane stops until somebody mends that

Every error carries the facts (vendor, operation, HTTP status, the vendor's error code) and a sentence that an
operator can act on. Sentences never hold what a customer or a secret is: they are shown and logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Quota:
    """What an answer said about the quota, in calls, and in seconds until more are given; None: nothing."""

    left: int | None = None
    limit: int | None = None
    retry_after: int | None = None


@dataclass(eq=False)
class VendorError(Exception):
    """A call to a vendor that did not give the answer it was made for."""

    vendor: str
    operation: str
    sentence: str
    next_action: str = ""
    status: int | None = None
    code: str = ""
    quota: Quota = Quota()
    sent: bool = True
    """False when nothing can have reached the vendor."""

    outcome: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False

    def __str__(self) -> str:
        return self.sentence


@dataclass(eq=False)
class Transient(VendorError):
    """Not done, and worth trying again; `retry_after` in seconds when the vendor named a time."""

    retry_after: float | None = None

    outcome: ClassVar[str] = "transient"
    retryable: ClassVar[bool] = True


@dataclass(eq=False)
class RateLimited(Transient):
    """Refused for the quota: not an attempt of the work, only a wrong guess of ours."""

    outcome: ClassVar[str] = "rate_limited"


@dataclass(eq=False)
class UnknownOutcome(VendorError):
    """Sent, and no answer that tells whether it was done; `retry_after` as with `Transient`."""

    retry_after: float | None = None

    outcome: ClassVar[str] = "unknown"
    retryable: ClassVar[bool] = True


@dataclass(eq=False)
class Rejected(VendorError):
    """Understood and refused for good; `fields` has the vendor's words by field where it named any."""

    fields: dict[str, str] = field(default_factory=dict)

    outcome: ClassVar[str] = "rejected"


@dataclass(eq=False)
class NotFound(Rejected):
    """There is no such thing, or no longer."""

    outcome: ClassVar[str] = "not_found"


@dataclass(eq=False)
class ThingDenied(Rejected):
    """Access to the one thing is refused, which says nothing of others."""

    outcome: ClassVar[str] = "denied"


@dataclass(eq=False)
class AccessDenied(VendorError):
    """Wrong key, missing privilege, or an address that is not the vendor's API."""

    outcome: ClassVar[str] = "denied"
