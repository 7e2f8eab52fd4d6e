"""A rule of the help desk tells of a changed case."""

from __future__ import annotations

from typing import Any

import pytest

from service.config.model import Config
from service.intake import omnidesk as intake
from service.intake import rules
from tests.flows.world import World
from workers.flows.carry import case_status
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE
from workers.vendors.omnidesk.operations import CASES_CREATE, CASES_UPDATE

CONFIG = Config(labels={104: "no_answer", 102: "new"}, staff={123: 7})


def edit(world: World, case: dict[str, Any], **body: Any) -> None:
    """A member of the staff changes the case."""
    world.call(CASES_UPDATE, path={"case_ids": case["case_id"]}, body=body)


@pytest.mark.parametrize(
    ("body", "status", "user_id"),
    [
        ({"status": "closed"}, "completed", "0"),
        ({"status": "waiting"}, "in_progress", "0"),
        ({"add_labels": [104]}, "no_answer", "0"),
        ({"status": "closed", "add_labels": [104]}, "no_answer", "0"),
        ({"add_labels": [102, 104]}, "no_answer", "0"),
        ({"add_labels": [103], "status": "closed"}, "completed", "0"),
        ({"staff_id": 123}, "in_progress", "7"),
        ({"staff_id": 22}, "in_progress", "0"),
        ({"staff_id": 123, "status": "closed"}, "completed", "7"),
    ],
    ids=str,
)
def test_status_and_responsible_follow_the_mappings(
    world: World, body: dict[str, Any], status: str, user_id: str
) -> None:
    world.use(CONFIG)
    request_id = world.carried(notes="Стоит")
    (case,) = world.cases(request_id)
    notes = world.row(request_id)["notes"]
    edit(world, case, **body)
    world.done(world.rule(event_type="case.updated", case_id=str(case["case_id"])))
    row = world.row(request_id)
    assert (row["status"], row["user_id"], row["notes"]) == (status, user_id, notes)


def test_the_same_again_costs_one_look(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    edit(world, case, status="closed")
    world.done(world.rule(case_id=str(case["case_id"])))
    before = len(world.calls())
    world.done(world.rule(now=10**13, case_id=str(case["case_id"])))
    assert world.calls(before) == ["omnidesk.cases.get"]


def test_a_status_that_people_set_in_the_store_is_left_until_the_case_changes(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    edit(world, case, status="closed")
    world.done(world.rule(now=1, case_id=str(case["case_id"])))
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body={"status": "in_progress"})
    edit(world, case, priority="high")
    world.done(world.rule(now=10**13, case_id=str(case["case_id"])))
    assert world.row(request_id)["status"] == "in_progress"
    edit(world, case, status="open")
    world.done(world.rule(now=2 * 10**13, case_id=str(case["case_id"])))
    edit(world, case, status="closed")
    world.done(world.rule(now=3 * 10**13, case_id=str(case["case_id"])))
    assert world.row(request_id)["status"] == "completed"


def test_the_same_message_number_again_is_another_change(world: World) -> None:
    """A case that is closed after its last message is told of with that message's number once more."""
    request_id = world.carried()
    (case,) = world.cases(request_id)
    sent = {"case_id": str(case["case_id"]), "last_message_id": "638929422"}
    world.done(world.rule(now=1_000, **sent))
    edit(world, case, status="closed")
    world.done(world.rule(now=9_000, **sent))
    assert world.row(request_id)["status"] == "completed"


def test_a_quick_repeat_is_the_same_until_the_first_was_begun(world: World) -> None:
    """With a template of ids only the next change comes in the same words."""
    request_id = world.carried()
    (case,) = world.cases(request_id)
    sent = {"case_id": str(case["case_id"])}
    first = world.rule(now=9_000, **sent)
    assert world.rule(now=9_100, **sent) == first
    world.done(first)
    edit(world, case, status="closed")
    assert world.rule(now=9_200, **sent) == first, "a duplicate for the sender"
    world.settle()
    assert world.row(request_id)["status"] == "completed"
    assert len(world.events("omnidesk.case_changed")) == 2


def test_a_template_that_a_text_has_broken_still_finds_the_case(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    edit(world, case, status="closed")
    raw = f'{{"case_id": "{case["case_id"]}", "last_message": "Он сказал "да" мне"}}'.encode()
    world.done(world.receive(rules.rule_event(None, {}, raw, "application/json", 1)))
    assert world.row(request_id)["status"] == "completed"


def test_a_broken_template_is_about_the_case_of_its_key_and_not_of_its_text() -> None:
    raw = b'{"last": "case_id: 2001 "x", "case_id":"2002",}'
    assert rules.rule_event(None, {}, raw, "application/json", 1).data["case_id"] == "2002"


def test_a_reply_in_a_case_that_is_not_ours_stays_there(world: World) -> None:
    body = {"type": "message_new", "object": {"case_id": "123456", "message_id": "1", "content": "Да"}}
    event_id = world.receive(intake.channel_event(body, b"{}", "application/json"))
    event = world.done(event_id)
    assert "Not a case that Perezvon opened" in str(event.message)


def test_somebody_elses_case_is_left_alone(world: World) -> None:
    request_id = world.carried()
    body = {"user_email": "x@customer.example", "subject": f"[cscart-1-{request_id}] Про это", "content": "…"}
    made = world.call(CASES_CREATE, body=body)["case"]
    edit(world, made, status="closed")
    event = world.done(world.rule(case_id=str(made["case_id"])))
    assert "Not the case that was opened" in str(event.message)
    assert world.row(request_id)["status"] == "in_progress"


def test_a_case_that_has_nothing_to_do_with_us_is_done_at_once(world: World) -> None:
    made = world.call(
        CASES_CREATE, body={"user_email": "x@customer.example", "subject": "Возврат", "content": "…"}
    )
    event = world.done(world.rule(case_id=str(made["case"]["case_id"])))
    assert "Not a case of a call request" in str(event.message)
    assert event.claim == 1


def test_a_case_that_is_not_there_is_done(world: World) -> None:
    assert "not there any more" in str(world.done(world.rule(case_id="777777")).message)


def test_word_that_comes_before_the_case_is_known_waits_for_it(world: World) -> None:
    world.use(CONFIG)
    request_id = world.shopper(name="Ия", phone="89175550002")["request_id"]
    # The case is there, and its link is not yet: the store's row is being written.
    fault = world.fault(operation="omnidesk.cases.create", kind="drop_after", times=1)
    world.step()
    assert world.struck(fault) == 1
    (case,) = world.cases(request_id)
    edit(world, case, status="closed")
    event_id = world.rule(case_id=str(case["case_id"]))
    assert world.event(event_id).subject == f"omnidesk/case/{case['case_id']}"
    world.done(event_id)
    assert world.row(request_id)["status"] in {"completed", "in_progress"}
    assert len(world.cases(request_id)) == 1


@pytest.mark.parametrize(
    ("label", "status"),
    [("Закрыто", "closed"), (" В ожидании ", "waiting"), ("closed", "closed"), ("Особый", "особый")],
)
def test_localised_labels_are_understood(label: str, status: str) -> None:
    assert case_status(label, CONFIG) == status


def test_a_case_that_is_known_by_its_number_is_looked_up(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    edit(world, case, status="closed")
    event = world.done(world.rule(case_number=f"#{case['case_number']}"))
    assert event.subject == f"cscart/1/call_request/{request_id}"
    assert world.row(request_id)["status"] == "completed"
