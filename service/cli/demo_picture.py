"""What the demo shows: which request has reached whom, as the vendors themselves hold it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import requests
from rich.table import Table

from service.cli.demo_traffic import NOTE, REPLY
from service.intake import references


@dataclass(frozen=True)
class Row:
    """One request: the store's status, how many contacts and cases there are of it, where the reply is."""

    request_id: str
    name: str
    status: str
    contacts: int
    cases: int
    case_number: str
    reply_in_store: bool
    reply_in_dialer: bool

    @property
    def complete(self) -> bool:
        return (
            self.status == "in_progress"
            and self.contacts == self.cases == 1
            and self.reply_in_store
            and self.reply_in_dialer
        )


class Picture:
    """Asks the sandbox what the vendors hold, and the service what became of the events."""

    def __init__(self, service_url: str, sandbox_url: str, token: str) -> None:
        self._service_url = service_url
        self._sandbox_url = sandbox_url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._state: dict[str, Any] = {}
        self._events: list[dict[str, Any]] = []
        self._vendors: list[dict[str, Any]] = []
        self._faults = 0

    def look(self) -> dict[str, Any]:
        """Read both anew; gives what the vendors hold."""
        self._state = self._get(f"{self._sandbox_url}/sandbox/state")
        self._events = self._get(f"{self._service_url}/api/v1/events?limit=200")["events"]
        self._vendors = self._get(f"{self._service_url}/api/v1/vendors")["vendors"]
        self._faults = sum(fault["fired"] for fault in self._get(f"{self._sandbox_url}/sandbox/faults"))
        return self._state

    def rows(self) -> list[Row]:
        """A row a request, in the order they were made."""
        contacts = self._contacts()
        cases = self._state["omnidesk"]["cases"]
        return [_row(request, contacts, cases) for request in _by_id(self._state["cscart"]["call_requests"])]

    def all_done(self) -> bool:
        """Has every event come to its end?"""
        return bool(self._events) and {event["status"] for event in self._events} == {"done"}

    def problems(self) -> list[str]:
        """What is not as it should be, a sentence each."""
        found = [
            f"Event {event['id']} ({event['type']}) is {event['status']}: {event['message'] or 'in work'}"
            for event in self._events
            if event["status"] != "done"
        ]
        missing = (row for row in self.rows() if not row.complete)
        found += [f"Request {row.request_id} has not reached everybody." for row in missing]
        held = [row["notes"] or "" for row in self._state["cscart"]["call_requests"]]
        held += [contact.get("description") or "" for contact in self._contacts()]
        if any(NOTE in text for text in held):
            found.append("An internal note has left the help desk.")
        if any(text.count(REPLY) > 1 for text in held):
            found.append("A reply was carried twice.")
        return found

    def quota(self) -> str:
        """The table's last line."""
        statuses = Counter(event["status"] for event in self._events)
        events = ", ".join(f"{number} {status}" for status, number in sorted(statuses.items())) or "none yet"
        left = next(
            (vendor["quota"]["left"] for vendor in self._vendors if vendor["name"] == "omnidesk"), None
        )
        calls = "not seen yet" if left is None else f"{left} calls left"
        faults = f"   faults: {self._faults} fired" if self._faults else ""
        return f"events: {events}   Omnidesk's quota: {calls}{faults}"

    def _contacts(self) -> list[dict[str, Any]]:
        """Of every base."""
        return [one for base in self._state["obzvonilka"]["contacts"].values() for one in base]

    def _get(self, url: str) -> Any:
        response = self._session.get(url, timeout=10)
        response.raise_for_status()
        return response.json()


def table(rows: list[Row], caption: str) -> Table:
    """The rows for a terminal."""
    made = Table(title="Who has what", caption=caption, title_justify="left", caption_justify="left")
    for heading in (
        "No.",
        "Customer",
        "Store",
        "Dialer",
        "Help desk",
        "Reply in store",
        "Reply in dialer",
    ):
        made.add_column(heading, no_wrap=heading != "Customer")
    for row in rows:
        made.add_row(
            row.request_id,
            row.name or "—",
            f"[green]{row.status}[/]" if row.status == "in_progress" else row.status,
            _count(row.contacts, "contact"),
            row.case_number or _count(row.cases, "case"),
            "[green]yes[/]" if row.reply_in_store else "…",
            "[green]yes[/]" if row.reply_in_dialer else "…",
        )
    return made


def _count(number: int, what: str) -> str:
    return {0: "…", 1: f"[green]{what}[/]"}.get(number, f"[red]{number} {what}s![/]")


def _by_id(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: int(row["request_id"]))


def _row(request: dict[str, Any], contacts: list[dict[str, Any]], cases: list[dict[str, Any]]) -> Row:
    subject = references.call_request_subject(request["company_id"], request["request_id"])
    mine = [one for one in contacts if one.get("external_code") == references.external_code(subject)]
    opened = [one for one in cases if references.case_reference(subject) in one["subject"]]
    return Row(
        request_id=request["request_id"],
        name=request["name"],
        status=request["status"],
        contacts=len(mine),
        cases=len(opened),
        case_number=opened[0]["case_number"] if len(opened) == 1 else "",
        reply_in_store=REPLY in (request["notes"] or ""),
        reply_in_dialer=any(REPLY in (one.get("description") or "") for one in mine),
    )
