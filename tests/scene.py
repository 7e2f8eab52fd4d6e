"""A working day of an invented shop, for the browser tests and for looking at the pages."""

from __future__ import annotations

from service.ledger.events import NewEvent
from service.ledger.operators import audit
from service.ledger.tables import Event
from tests.console import Seed

MINUTE = 60_000
PRODUCTS = ("Чайник «Уют» 1,7 л", "Кофемолка М-2", "Фонарь туристический", "Плед «Север»")
PEOPLE = (
    ("Мария Синицына", "8 (917) 555-01-57"),
    ("Пётр Лебедев", "+7 495 555-01-12"),
    ("Анна Дроздова", "+7 (812) 555-01-44"),
    ("Олег Снегирёв", "8 800 555 01 99"),
)


def carried(seed: Seed, request_id: int, age: int) -> Event:
    """A call request that went all the way."""
    name, phone = PEOPLE[request_id % len(PEOPLE)]
    product = PRODUCTS[request_id % len(PRODUCTS)]
    new = seed.call_request(request_id, name=name, phone=phone, product=product)
    event = seed.event(new, age=age, status="done")
    opened(seed, event, request_id)
    seed.step(event, "dialer_contact", {"contact_id": str(90_000 + request_id)})
    seed.step(event, "store_status")
    seed.attempt(event, "dialer_contact", "obzvonilka.contacts.find_by_external", after=130, http_status=404,
                 outcome="not_found")  # fmt: skip
    seed.attempt(event, "dialer_contact", "obzvonilka.contacts.create", after=420, took=210, http_status=201)
    seed.attempt(event, "store_status", "cscart.call_requests.update", after=660, took=190)
    seed.link(event.subject, "obzvonilka", "contact", str(90_000 + request_id))
    return event


def opened(seed: Seed, event: Event, request_id: int) -> None:
    """The case of a call request, opened."""
    case = str(1000 + request_id)
    number = f"300-{200_000 + request_id}"
    seed.step(event, "helpdesk.case", {"case_id": case, "number": number})
    seed.attempt(event, "helpdesk_case", "omnidesk.cases.create", http_status=201, calls_left=47)
    seed.link(event.subject, "omnidesk", "case", case, number=number)


def reply(seed: Seed, request_id: int, age: int, **values: object) -> Event:
    """A staff member's reply in the case of a call request."""
    case = 1000 + request_id
    return seed.event(
        NewEvent(
            source="omnidesk",
            type="omnidesk.message_new",
            subject=f"cscart/1/call_request/{request_id}",
            dedupe_key=f"omnidesk/case/{case}/message/{request_id}",
            data={"case_id": str(case), "message_id": "881", "content": "Перезвоним сегодня в 11:30."},
            raw=b"type=message_new&object[case_id]=1042&object[message_id]=881",
            content_type="application/x-www-form-urlencoded",
        ),
        age=age,
        **values,
    )


def furnish(seed: Seed) -> dict[str, Event]:
    """Fill the ledger; gives the events that tests go to, by what they are."""
    for number in range(1, 23):
        event = carried(seed, number, age=(24 - number) * 7 * MINUTE)
        if number % 3 == 0:
            reply(seed, number, age=(24 - number) * 7 * MINUTE - 90_000, status="done")
    found = {"done": event}

    paused = seed.call_request(23, name=PEOPLE[3][0], phone=PEOPLE[3][1])
    found["waiting"] = seed.event(
        paused, age=4 * MINUTE, status="waiting", reason="paused", not_before=seed.now + 26_000,
        message="Obzvonilka is paused; resume it to go on.",
    )  # fmt: skip
    opened(seed, found["waiting"], 23)
    seed.event(
        seed.call_request(24), age=3 * MINUTE, status="waiting", reason="paused",
        not_before=seed.now + 26_000, message="Obzvonilka is paused; resume it to go on.",
    )  # fmt: skip
    found["blocked"] = reply(seed, 24, age=2 * MINUTE)
    seed.event(
        seed.call_request(25), age=80_000, status="waiting", reason="backoff", not_before=seed.now + 41_000,
        message="CS-Cart is not able to answer now (503).", failures=2,
    )  # fmt: skip

    for number in (26, 27, 28):
        found["dead"] = refused(seed, number)
    found["rejected"] = seed.rejected(
        '{"name": "Вера", "phone": "<b>8 917 555-01-31</b>", "request_id": ""}'.encode(),
        "Not valid: request_id: Must be a number above 0.",
        age=9 * MINUTE,
    )
    seed.event(request_id=29, age=50 * MINUTE, status="cancelled", message="Cancelled by a person.")
    seed.event(seed.call_request(30, name=PEOPLE[2][0]), age=1_200, status="running",
               not_before=seed.now + 60_000)  # fmt: skip

    seed.vendor("omnidesk", quota_limit=60, quota_left=47, quota_seen_at=seed.now - 12_000)
    seed.vendor("cscart")
    seed.vendor("obzvonilka", state="paused", message="Paused by a person.", changed_by="oleg",
                changed_at=seed.now - 5 * MINUTE)  # fmt: skip
    with seed.ledger.write() as session:
        audit(session, "oleg", "retry", found["dead"].id)
        audit(session, "anna", "replay", found["done"].id, new_event=found["waiting"].id, corrected=True)
        audit(session, "oleg", "pause", "obzvonilka")
    return found


def refused(seed: Seed, request_id: int) -> Event:
    """A call request that the dialer will not take."""
    name, phone = PEOPLE[request_id % len(PEOPLE)]
    said = "Obzvonilka refused contacts.create (422: phone is invalid)."
    action = "Correct the data and replay the event, or change the settings and retry it."
    event = seed.event(
        seed.call_request(request_id, name=name, phone=phone), age=(40 - request_id) * MINUTE, status="dead",
        message=said, next_action=action, failures=1,
    )  # fmt: skip
    opened(seed, event, request_id)
    seed.step(event, "dialer_contact", status="failed", message=said, next_action=action)
    seed.attempt(event, "dialer_contact", "obzvonilka.contacts.find_by_external", after=130, took=None)
    seed.attempt(event, "dialer_contact", "obzvonilka.contacts.create", after=420, took=1210, http_status=422,
                 outcome="rejected", message=said)  # fmt: skip
    return event
