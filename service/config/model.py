"""What stands in perezvon.toml, checked and with its defaults: plain frozen data.

Everything has a default: without a file Perezvon carries requests of every store in Russian, into the channel
and the contact base of the environment's settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# The store's own words for the states of a call request (cscart-call-requests, status).
STORE_STATUSES = ("new", "in_progress", "completed", "no_answer")
# The help desk's (omnidesk-api, cases, status).
CASE_STATUSES = ("open", "waiting", "closed")


@dataclass(frozen=True)
class Flows:
    """Which flows are on. Call results are polled from a report that is not in the vendor's own document."""

    call_request_created: bool = True
    call_request_updated: bool = True
    call_request_deleted: bool = True
    call_request_message: bool = True
    message_new: bool = True
    case_changed: bool = True
    contact_changed: bool = False
    call_results: bool = False
    reconciliation: bool = True


@dataclass(frozen=True)
class Statuses:
    """`case_to_store`: the help desk's status -> the store's; `store_to_case` the other way.

    What is not named is left as it is.
    """

    case_to_store: Mapping[str, str] = field(default_factory=lambda: {"closed": "completed"})
    store_to_case: Mapping[str, str] = field(default_factory=lambda: {"completed": "closed"})
    localised: Mapping[str, str] = field(
        default_factory=lambda: {
            "открыто": "open",
            "открытое": "open",
            "в ожидании": "waiting",
            "ожидание": "waiting",
            "закрыто": "closed",
            "закрытое": "closed",
        }
    )
    """The help desk's labels of its statuses, in lower case, as a rule's template sends them."""


@dataclass(frozen=True)
class Templates:
    """Jinja templates by name, for one language; a missing one is that of the built-in language.

    Names: case_subject, case_content, case_content_html (autoescaped), store_case_line, store_reply,
    dialer_description, dialer_reply, dialer_updated, dialer_deleted, case_updated_note, customer_message,
    contact_changed_note, store_contact_line, call_result_note, store_call_result.
    """

    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hours:
    """When the shop calls: days 0 (Monday) to 6, minutes since midnight, in the time zone by name."""

    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    opens: int = 0
    closes: int = 24 * 60
    timezone: str = "Europe/Moscow"


@dataclass(frozen=True)
class Store:
    """What holds for the call requests of one `company_id`; None means what the environment says."""

    channel: str | None = None
    group_id: int | None = None
    labels: tuple[int, ...] = ()
    contact_base: str | None = None
    language: str = "ru"
    staff_language: str | None = None
    """What the staff reads; None means the same as `language`, which a customer's own goes before."""
    country: str = "RU"
    """Where a phone number without a country code is from."""
    dialer_phones: str = "+7"
    """How the dialer gets a number (`service.intake.phones.WRITINGS`)."""
    working_hours: Hours | None = None
    utf8mb4: bool = False
    """Does the store's database keep characters of four bytes (above U+FFFF)? CS-Cart's own does not."""
    join_minutes: int = 10
    """Requests of the same phone within so many minutes are one call; 0: each is one."""
    templates: Mapping[str, Templates] = field(default_factory=dict)
    """By language, before the file's common ones."""


@dataclass(frozen=True)
class Retry:
    """The schedule for one class of errors: seconds for the first wait, at most, and how many failures.

    The first failure of a good vendor is a hiccup, which two seconds are enough for; one that is down for
    hours is asked every five minutes on average. 500 failures take about 40 hours then: what is older is a
    person's business.
    """

    base_seconds: float = 2.0
    cap_seconds: float = 600.0
    most_failures: int = 500


@dataclass(frozen=True)
class Retention:
    """For how many days ended events are kept; None for ever."""

    done_days: int | None = None
    dead_days: int | None = None


@dataclass(frozen=True)
class Config:
    """The whole file."""

    flows: Flows = Flows()
    statuses: Statuses = Statuses()
    labels: Mapping[int, str] = field(default_factory=dict)
    """Help desk's label id -> store's status; a label goes before the case's status."""
    staff: Mapping[int, int] = field(default_factory=dict)
    """Help desk's staff_id -> the store's user_id (the responsible administrator)."""
    sent_via_rule: bool = True
    """Are replies that a rule of the help desk sent carried too?"""
    default_store: Store = Store()
    stores: Mapping[str, Store] = field(default_factory=dict)
    templates: Mapping[str, Templates] = field(default_factory=dict)
    """By language."""
    retry_transient: Retry = Retry()
    retry_unknown: Retry = Retry()
    retention: Retention = Retention()

    def store(self, company_id: str) -> Store:
        """What holds for the store; the default one when the file does not name it."""
        return self.stores.get(company_id, self.default_store)
