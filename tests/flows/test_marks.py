"""No text from outside is taken for one of ours, wherever it comes from and whatever it says."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.config.model import Config, Templates
from service.intake import omnidesk, references
from service.intake.call_request import DELETED, MESSAGE, UPDATED
from service.ledger import operators
from tests.flows.world import World
from workers.flows import case_search, texts
from workers.flows.flow import Flow
from workers.flows.shop import Shop
from workers.flows.wording import Wording
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE
from workers.vendors.obzvonilka.operations import CONTACTS_UPDATE
from workers.vendors.omnidesk.operations import CASES_CREATE

SUBJECT = "cscart/1/call_request/57"
EVENT = references.Mark("[pz:0b9c1f2e]", "[pz:0b9c1f2e]")
KEYED = references.mark("a secret of the service", "reply/9100", "[#9100]")
# What somebody who has read our code may write: every form of a mark, as it is and in pieces.
FORMS = (
    EVENT.text,
    KEYED.text,
    "[pz:deleted]",
    "[#9100]",
    "[cscart-1-57]",
    "[CSCART-1-2]",
    "[PZ:0b9c1f2e]",
    "Омнидеск [#9100]: ",
    "[",
    "]",
    "pz:",
    "0b9c1f2e",
    "cscart-1-57",
    "#9100",
    "<p>",
    "<br>",
    "</b>",
    "&#91;",
    "&nbsp;",
    "\n",
    "\r",
    "\u2028",
    " ",
    "Вася",
)
strangers = st.lists(st.sampled_from(FORMS) | st.text(max_size=4), max_size=12).map("".join)


def reply(world: World, case: dict[str, Any], content: str, message_id: str = "9100") -> str:
    """The channel's webhook of a staff member's reply; gives the event's id."""
    message = {"message_id": message_id, "case_id": str(case["case_id"]), "staff_id": "22"}
    message |= {"user_id": str(case["user_id"]), "content": content}
    body = {"type": "message_new", "object": message}
    return world.receive(omnidesk.channel_event(body, json.dumps(body).encode(), "application/json"))


@given(name=strangers, notes=strangers, between=strangers)
def test_no_text_of_ours_has_a_mark_that_somebody_else_wrote(name: str, notes: str, between: str) -> None:
    # The worst template: it puts strangers' texts side by side.
    own = {"store_reply": "{{ name }}{{ marker }}{{ notes }}{{ text }}", "case_subject": "{{ name }}"}
    wording = Wording("ru", "ru", own)
    values = {"name": name, "notes": notes, "text": between, "reference": "[cscart-1-58]", "facts": []}
    for template in ("store_reply", "dialer_reply", "customer_message", "case_content_html"):
        facts = [{"label": name, "value": notes}]
        more = {"marker": KEYED.text, "message": between, "attachments": [notes], "facts": facts}
        said = wording.render(template, values | more).replace(KEYED.text, "")
        for mark in (EVENT, KEYED):
            assert not mark.begins_a_line(said)
            assert not mark.begins_a_line(texts.signed(said, "[pz:00000000]"))
            assert texts.found_by(mark, [{"content": said, "content_html": said}]) is None
            line = texts.marked("Омнидеск: Перезвоним", mark.text)
            assert texts.append(said, line, mark) == (f"{said}\n{line}" if said.strip() else line)
    title = texts.case_title(wording, values)
    assert references.subject_of_case_reference(title) == "cscart/1/call_request/58"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f"{EVENT.text} Строка", True),
        (f"Было\r\n  {EVENT.text} Строка", True),
        (f"<p>{EVENT.text} Строка</p>", True),
        (f"Текст<br />\n{EVENT.text}", True),
        (f"<div><p><span style='x'>&nbsp;{EVENT.text}</span></p></div>", True),
        (f"Имя: Вася {EVENT.text}", False),
        (f"> {EVENT.text}", False),
        (f"<b>Имя:</b> {EVENT.text}", False),
        (f"x<b>{EVENT.text}", False),
    ],
)
def test_a_mark_counts_at_the_beginning_of_a_line(body: str, found: bool) -> None:
    assert (texts.found_by(EVENT, [{"content_html": body}]) is not None) is found


def test_marks_are_the_services_own_and_the_same_for_every_event() -> None:
    again = references.mark("a secret of the service", "reply/9100", "")
    other = references.mark("another secret", "reply/9100", "")
    assert again.text == KEYED.text != other.text
    assert re.fullmatch(r"\[pz:[0-9a-f]{8}\]", KEYED.text)


NAMES = ("Вася [cscart-1-2]", "[cscart-1-2] Вася", "[cscart-1-2]", "<p>[cscart-1-2]</p>\n[cscart-1-2]")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("template", ["", "{{ name }}", "{{ product }}: {{ customer }}"])
def test_a_name_takes_over_nobodys_case(world: World, name: str, template: str) -> None:
    world.use(Config(templates={"ru": Templates({"case_subject": template})}))
    assert world.carried(name=name, product=name) == "1"
    fault = world.fault(operation="omnidesk.cases.create", kind="status", status=500, times=1)
    assert world.carried(name="Мария", phone="89175550002") == "2"
    assert world.struck(fault) == 1
    assert [len(world.cases(one)) for one in ("1", "2")] == [1, 1]
    assert "Мария" in world.cases("2")[0]["messages"][0]["content_html"]
    assert world.cases("2")[0]["case_number"] in world.row("2")["notes"]


@pytest.mark.parametrize(
    ("customer", "taken"),
    [
        ({"channel": "cch101", "user_custom_id": "other:7"}, False),
        ({"user_email": "x@customer.example"}, False),
        ({"channel": "cch101", "user_custom_id": "cscart:1:req:1"}, True),
    ],
)
def test_a_case_is_ours_in_our_channel_and_of_our_customer(
    world: World, customer: dict[str, str], taken: bool
) -> None:
    body = {"subject": "[cscart-1-1] Обратный звонок", "content": "…", **customer}
    made = world.call(CASES_CREATE, body=body)["case"]
    world.fault(operation="omnidesk.cases.create", kind="status", status=500, times=1)
    world.carried(name="Мария")
    assert len(world.cases("1")) == 2 - taken
    assert (made["case_number"] in world.row("1")["notes"]) is taken


@pytest.mark.parametrize(
    ("channel", "ours"), [("cch101", True), ("cch102", False), ("email", False), (101, True), (None, True)]
)
def test_a_case_of_another_channel_is_somebody_elses(channel: Any, ours: bool) -> None:
    case = {"case_id": 7, "subject": "[cscart-1-57] Звонок", "channel": channel}
    flow = SimpleNamespace(
        subject=SUBJECT,
        call=lambda *_, **__: {"0": {"case": case}},
        event=SimpleNamespace(now=0),
        mark=lambda _: {"ignored_at": 0},
    )
    shop = SimpleNamespace(channel="cch101")
    assert (case_search.find(cast(Flow, flow), cast(Shop, shop), "cscart:1:req:57") is not None) is ours


def test_a_case_of_a_former_release_is_found_by_its_customer(world: World) -> None:
    former = {"channel": "cch101", "content": "…", "subject": "Обратный звонок: Мария [cscart-1-1]"}
    world.call(CASES_CREATE, body=former | {"user_custom_id": "cscart:1:req:9"})
    made = world.call(CASES_CREATE, body=former | {"user_custom_id": "cscart:1:req:1"})["case"]
    world.fault(operation="omnidesk.cases.create", kind="status", status=500, times=1)
    world.carried(name="Мария")
    assert made["case_number"] in world.row("1")["notes"]


@pytest.mark.parametrize(
    "template", ["", "{{ customer }} {{ reference }}", "{{ reference }}: {{ customer }}"]
)
def test_the_reference_stands_in_front_once_whatever_the_name(world: World, template: str) -> None:
    world.use(Config(templates={"ru": Templates({"case_subject": template})}))
    request_id = world.carried(name="Очень длинное имя " * 12)
    (case,) = world.cases(request_id)
    assert case["subject"].startswith(f"[cscart-1-{request_id}] ")
    assert case["subject"].count(request_id + "]") == 1


EVERY_FORM = "[#9100] [pz:deleted] [pz:0b9c1f2e] [cscart-1-2] [cscart-1-1]"


@pytest.mark.parametrize("field", ["name", "product", "notes"])
@pytest.mark.parametrize("writing", ["{}", "x\n{}", "Омнидеск {}: Перезвоним!"])
def test_marks_in_a_customers_text_keep_nothing_of_ours_away(world: World, field: str, writing: str) -> None:
    lines = "\n".join(writing.format(form) for form in EVERY_FORM.split())
    request_id = world.carried(**{field: lines})
    (case,) = world.cases(request_id)
    assert f"обращение {case['case_number']}" in world.row(request_id)["notes"]
    world.done(reply(world, case, "Перезвоним в 11:30"))
    assert world.row(request_id)["notes"].count("Перезвоним в 11:30") == 1
    assert world.contact(request_id)["description"].count("Перезвоним в 11:30") == 1
    if field != "notes":
        assert not re.search(r"\[(pz|#|cscart)", world.contact(request_id)["description"].split("\n[pz:")[0])
    world.done(world.callback(DELETED, {"request_id": request_id}))
    assert world.contact(request_id)["description"].startswith("НЕ ЗВОНИТЬ")


def test_a_number_in_the_notes_is_not_the_cases_line() -> None:
    mark = references.mark("a secret of the service", "case/664-200057", "664-200057")
    line = texts.marked("Омнидеск: обращение 664-200057", mark.text)
    for notes in ("По обращению 664-200057", "664-200057", "Не Омнидеск: обращение 664-200057"):
        assert texts.append(notes, line, mark) == f"{notes}\n{line}"
    assert texts.append("Омнидеск: обращение 664-200057", line, mark) is None


@pytest.mark.parametrize("form", EVERY_FORM.split())
def test_a_message_with_marks_is_looked_for_by_its_own(world: World, form: str) -> None:
    request_id = world.carried(name=f"Вася {form}")
    for number in range(2):
        fault = world.fault(operation="omnidesk.messages.create", kind="status", status=500, times=1)
        world.done(world.callback(MESSAGE, {"request_id": request_id, "message": f"{form} Раз {number}"}))
        assert world.struck(fault) == 1
    (case,) = world.cases(request_id)
    said = [one["content"] for one in case["messages"][1:]]
    assert [sum(f"Раз {number}" in one for one in said) for number in range(2)] == [1, 1]
    assert not any(form in one for one in said)


def test_what_people_change_is_told_without_marks(world: World) -> None:
    request_id = world.carried()
    row = world.row(request_id) | {"product": f"Утюг\n{EVERY_FORM}"}
    event_id = world.callback(UPDATED, row)
    world.fault(operation="omnidesk.notes.create", kind="status", status=500, times=1)
    world.done(event_id)
    (note,) = world.notes(world.cases(request_id)[0])
    told = world.contact(request_id)["description"].partition("Изменено")[2]
    mark = note.rpartition("\n")[2]
    assert re.fullmatch(r"\[pz:[0-9a-f]{8}\]", mark)
    assert note.count("[") == note.count(mark) == 1
    assert "[" not in told


def test_a_reply_that_is_carried_again_finds_its_line(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    event = world.done(reply(world, case, "Один раз"))
    with world.ledger.write() as session:
        again = operators.as_replay(session.get_one(type(event), event.seq), dict(event.data), "again")
    world.done(world.receive(again))
    assert world.row(request_id)["notes"].count("Один раз") == 1
    assert world.contact(request_id)["description"].count("Один раз") == 1


def test_a_line_of_a_former_release_counts_as_a_whole_only(world: World) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    contact = world.contact(request_id)
    path = {"base_id": "1", "contact_id": contact["id"]}
    former = "Омнидеск [#9100]: Перезвоним в 11:30\nНЕ ЗВОНИТЬ: заявка удалена в магазине. [pz:deleted]"
    world.call(CONTACTS_UPDATE, path=path, body={"description": former})
    notes = {"notes": f"Омнидеск: обращение {case['case_number']}\nспросить [#9100]"}
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body=notes)
    world.done(reply(world, case, "Перезвоним в 11:30"))
    world.done(world.callback(DELETED, {"request_id": request_id}))
    assert world.contact(request_id)["description"] == former
    assert world.row(request_id)["notes"].count("Перезвоним в 11:30") == 1
