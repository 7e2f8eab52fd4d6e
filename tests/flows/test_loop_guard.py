"""Everything switched on, and everything that we write comes back: it ends."""

from __future__ import annotations

import itertools

import pytest

from service.config.model import Config, Flows, Statuses
from service.intake.call_request import DELETED, MESSAGE, UPDATED
from service.intake.omnidesk import CASE_CHANGED, MESSAGE_NEW
from tests.flows.world import World
from workers import polling
from workers.flows import known
from workers.flows.known import OUR_OWN
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE
from workers.vendors.obzvonilka.operations import CONTACTS_UPDATE
from workers.vendors.omnidesk.operations import CASES_UPDATE

# The worst mapping: whatever one side does, the other side follows.
EVERYTHING = Config(
    flows=Flows(contact_changed=True, call_results=True),
    statuses=Statuses(
        case_to_store={"open": "in_progress", "waiting": "in_progress", "closed": "completed"},
        store_to_case={"new": "open", "in_progress": "open", "completed": "closed", "no_answer": "waiting"},
    ),
    labels={104: "no_answer"},
    staff={123: 7, 22: 5},
)


class Echoes:
    """A store's add-on that tells of every change, and rules that tell of every edit of a case."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._seen = 0
        self._clock = itertools.count(1)

    def __call__(self) -> None:
        made = self.world.calls(self._seen)
        self._seen += len(made)
        for operation in made:
            if operation == "cscart.call_requests.update":
                for row in self.world.state()["cscart"]["call_requests"]:
                    self.world.callback(UPDATED, row)
            if operation.startswith("omnidesk.") and operation.endswith((".create", ".update", ".trash")):
                self.rules()

    def rules(self) -> None:
        for case in self.world.state()["omnidesk"]["cases"]:
            last = str(case["messages"][-1]["message_id"])
            now = next(self._clock) * 10**6
            self.world.rule(now=now, case_id=str(case["case_id"]), last_message_id=last)


@pytest.fixture
def echoes(world: World, monkeypatch: pytest.MonkeyPatch) -> Echoes:
    monkeypatch.setattr(polling, "CONTACTS_EVERY", 0)
    monkeypatch.setattr(polling, "RESULTS_EVERY", 0)
    world.use(EVERYTHING)
    return Echoes(world)


def test_everything_comes_to_rest(world: World, echoes: Echoes) -> None:
    request_id = world.shopper(name="Мария", phone="89175550001", notes="Первая")["request_id"]
    world.settle(echoes)
    (case,) = world.cases(request_id)
    contact = world.contact(request_id)
    world.reply(case["case_id"], "Перезвоним в шесть")
    world.callback(MESSAGE, {"request_id": request_id, "message": "Жду"})
    by_hand = {"notes": f"{world.row(request_id)['notes']}\nЖдёт в 12:00"}
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body=by_hand)
    world.call(
        CONTACTS_UPDATE, path={"base_id": "1", "contact_id": contact["id"]}, body={"name": "Мария Иванова"}
    )
    world.dial(contact["id"], result="Просил перезвонить")
    world.poll()
    world.settle(echoes)
    world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body={"status": "closed", "staff_id": 123})
    echoes.rules()
    world.settle(echoes)
    row = world.row(request_id)
    assert (row["status"], row["user_id"]) == ("completed", "7")
    periods = []
    for _ in range(2):
        before = len(world.calls())
        world.poll()
        world.settle(echoes)
        periods.append(sorted(world.calls(before)))
    assert periods == [["obzvonilka.contacts.list", "obzvonilka.report.call_history"]] * 2
    assert world.open() == []
    (case,) = world.cases(request_id)
    assert case["status"] == "closed"
    assert len([m for m in case["messages"] if "Перезвоним" in m["content"]]) == 1
    assert len([m for m in case["messages"] if "Жду" in m["content"]]) == 1
    told = ("12:00", "Мария Иванова", "Просил перезвонить")
    assert [sum(what in note for note in world.notes(case)) for what in told] == [1, 1, 1]
    assert world.row(request_id)["notes"].count("Мария Иванова") == 1
    world.callback(DELETED, {"request_id": request_id})
    world.settle(echoes)
    assert all(
        event.status == "done"
        for kind in (UPDATED, CASE_CHANGED, MESSAGE_NEW)
        for event in world.events(kind)
    )


def test_our_notes_that_come_back_are_our_own(world: World) -> None:
    request_id = world.carried()
    world.done(world.callback(UPDATED, world.row(request_id) | {"time_from": "12:00"}))
    (event,) = world.events(MESSAGE_NEW)
    assert event.message == OUR_OWN


def test_a_case_that_we_closed_ourselves_is_our_own_change(world: World) -> None:
    request_id = world.carried()
    world.done(world.callback(UPDATED, world.row(request_id) | {"status": "completed"}))
    (case,) = world.cases(request_id)
    before = len(world.calls())
    event = world.done(world.rule(case_id=str(case["case_id"])))
    assert event.message == OUR_OWN
    assert world.calls(before) == ["omnidesk.cases.get"]


def test_a_status_that_came_from_the_case_does_not_go_back_to_it(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body={"status": "closed"})
    world.done(world.rule(case_id=str(case["case_id"])))
    before = len(world.calls())
    event = world.done(world.callback(UPDATED, world.row(request_id)))
    assert event.message == OUR_OWN
    assert world.calls(before) == []


def test_without_a_cause_of_ours_it_is_not_called_our_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = world.carried()
    monkeypatch.setattr(known, "ECHO", 0)
    event = world.done(world.callback(UPDATED, world.row(request_id)))
    assert event.message == "Nothing has changed that is carried."


@pytest.mark.parametrize(
    ("status", "received_at", "news"),
    [
        ("completed", 50_000, False),
        ("", 50_000, False),
        ("in_progress", 39_000, False),
        ("in_progress", 45_000, False),
        ("in_progress", 60_000, True),
        ("new", 21_000, False),
        ("new", 60_000, True),
        ("no_answer", 20_000, True),
    ],
)
def test_a_status_is_ours_for_as_long_as_it_stood(status: str, received_at: int, news: bool) -> None:
    before: known.Known = {}
    for at, written in ((10_000, "new"), (20_000, "in_progress"), (40_000, "completed")):
        before = known.wrote_status(before, written, at)
    assert known.is_news(before, status, received_at) is news
