"""Many stores: where things go, in which words, and what is switched off."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.config.model import Config, Flows, Hours, Store, Templates
from service.config.templates import KINDS, mistakes
from service.intake.call_request import CREATED, DELETED, MESSAGE, UPDATED
from tests.flows.world import World
from workers import flows as all_flows
from workers.flows import FLOWS, SWITCHED_OFF, hours, is_on, texts, wording
from workers.flows.wording import Wording
from workers.vendors.obzvonilka.operations import CONTACT_BASES_LIST
from workers.vendors.omnidesk.operations import CASES_DELETE

MARK = r"\[pz:[0-9a-f]{8}\]"
SHUT = Hours(days=(0,), opens=600, closes=601, timezone="Europe/Moscow")
OFFICE = Hours(days=(0, 1, 2, 3, 4), opens=9 * 60, closes=18 * 60, timezone="Europe/Moscow")


def test_company_id_chooses_where_things_go(world: World) -> None:
    assert world.call(CONTACT_BASES_LIST)
    world.use(Config(stores={"2": Store(group_id=45, labels=(101, 103), contact_base="2", language="en")}))
    first = world.carried(name="Мария")
    second = world.carried(name="Ann", company_id="2")
    (case,) = world.cases(second, "2")
    (other,) = world.cases(first)
    assert (case["group_id"], case["labels"]) == (45, [101, 103])
    assert (other["group_id"], other["labels"]) == (44, [])
    assert case["subject"].endswith("] Call back: Ann")
    assert other["subject"].endswith("] Обратный звонок: Мария")
    assert "Omnidesk: case" in world.row(second)["notes"]
    bases = world.state()["obzvonilka"]["contacts"]
    assert [one["name"] for one in bases["1"]] == ["Мария"]
    assert [one["name"] for one in bases["2"]] == ["Ann"]
    world.reply(case["case_id"], "See you")
    world.settle()
    assert "See you" in world.contact(second, "2")["description"]


def test_another_channel_is_what_the_case_is_opened_in(world: World) -> None:
    world.use(Config(stores={"2": Store(channel="cch777")}))
    made = world.shopper(name="Ann", phone="89175550003", company_id="2")
    world.settle()
    (event,) = world.events("call_request.created")
    # The sandbox has only one channel: what it refuses is what was asked for.
    assert event.status == "dead"
    assert "channel" in str(event.message)
    assert world.contact(made["request_id"], "2")


def test_the_customers_language_goes_before_the_stores(world: World) -> None:
    request_id = world.carried(name="Ann", lang_code="en")
    (case,) = world.cases(request_id)
    assert case["subject"].endswith("] Call back: Ann")
    # Later events do not tell the language: it is known.
    world.done(world.callback(UPDATED, {"request_id": request_id, "status": "completed"}))
    world.call(CASES_DELETE, path={"case_id": case["case_id"]})
    world.done(world.callback(MESSAGE, {"request_id": request_id, "message": "Hello?"}))
    assert world.cases(request_id)[0]["subject"].endswith("] Call back: Ann")


@pytest.mark.parametrize(
    ("store", "told", "words"),
    [
        (Store(), "en", ("Телефон: ", "Омнидеск: обращение ", "Статус: выполнена", "НЕ ЗВОНИТЬ")),
        (
            Store(staff_language="en"),
            "ru",
            ("Phone: ", "Omnidesk: case ", "Status: completed", "DO NOT CALL"),
        ),
        (Store(language="en"), "ru", ("Phone: ", "Omnidesk: case ", "Status: completed", "DO NOT CALL")),
    ],
)
def test_the_staff_reads_its_own_language_whatever_the_customers(
    world: World, store: Store, told: str, words: tuple[str, str, str, str]
) -> None:
    world.use(Config(default_store=store))
    request_id = world.carried(name="Ann", time_from="9:00", lang_code=told)
    in_dialer, in_store, changed, warning = words
    (case,) = world.cases(request_id)
    title, label = {"en": ("Call back: Ann", "Phone:"), "ru": ("Обратный звонок: Ann", "Телефон:")}[told]
    assert case["subject"].endswith(f"] {title}")
    assert f"<b>{label}</b>" in case["messages"][0]["content_html"]
    assert in_dialer in world.contact(request_id)["description"]
    assert in_store in world.row(request_id)["notes"]
    world.done(world.callback(UPDATED, world.row(request_id) | {"status": "completed"}))
    assert changed in world.notes(world.cases(request_id)[0])[0]
    assert changed in world.contact(request_id)["description"]
    reply_id = world.cases(request_id)[0]["case_id"]
    world.reply(reply_id, "Hi")
    world.settle()
    assert f"{in_store.partition(':')[0]}: Hi" in world.row(request_id)["notes"]
    world.done(world.callback(DELETED, {"request_id": request_id}))
    assert world.contact(request_id)["description"].startswith(warning)


def test_every_template_has_its_readers() -> None:
    staff = {name for name, kind in KINDS.items() if not kind.to_customer}
    to_customers = {"case_subject", "case_content", "case_content_html", "customer_message"}
    assert staff == KINDS.keys() - to_customers


def test_a_language_without_texts_is_the_stores(world: World) -> None:
    world.use(Config(default_store=Store(language="en")))
    request_id = world.carried(name="Jürgen", lang_code="de")
    assert world.cases(request_id)[0]["subject"].endswith("] Call back: Jürgen")


def test_a_shops_own_templates(world: World) -> None:
    own = {
        "case_subject": "{{ name }} — {{ when }}\nв одну строку",
        "case_content_html": "<p>{{ name }}</p>",
        "store_case_line": "см. кейс",
        "store_reply": "{{ text }}",
        "case_updated_note": "{% for c in changes %}{{ c.label }}!{% endfor %}",
    }
    world.use(Config(templates={"ru": Templates(own)}))
    request_id = world.carried(name="<b>Ян</b>", time_from="9:00")
    (case,) = world.cases(request_id)
    assert case["subject"] == f"[cscart-1-{request_id}] <b>Ян</b> — с 09:00 в одну строку"
    assert case["messages"][0]["content_html"] == "<p>&lt;b&gt;Ян&lt;/b&gt;</p>"
    line = world.row(request_id)["notes"]
    assert re.fullmatch(rf"{MARK} см\. кейс {case['case_number']}", line)
    world.reply(case["case_id"], "Хорошо")
    world.settle()
    assert re.fullmatch(rf"{re.escape(line)}\n{MARK} Хорошо", world.row(request_id)["notes"])
    world.done(world.callback(UPDATED, world.row(request_id) | {"product": "Чайник"}))
    assert world.notes(world.cases(request_id)[0])[0].startswith("Товар!\n[pz:")


@pytest.mark.parametrize(
    "source", ["{{ 1 / 0 }}", "{{ name.missing.deep }}", "{% for", "{{ ''.__class__.mro() }}", " "]
)
def test_a_template_that_cannot_be_used_gives_way(world: World, source: str) -> None:
    world.use(Config(templates={"ru": Templates({"case_subject": source})}))
    request_id = world.carried(name="Мария")
    (case,) = world.cases(request_id)
    (event,) = world.events("call_request.created")
    assert case["subject"] == f"[cscart-1-{request_id}] Обратный звонок: Мария"
    if source.strip():
        assert "case_subject (ru) could not be filled in" in str(event.message)


def test_a_store_goes_before_the_common_templates() -> None:
    config = Config(templates={"ru": Templates({"store_case_line": "общий", "dialer_deleted": "общий"})})
    store = Store(templates={"ru": Templates({"store_case_line": "свой"})})
    found = Wording.of("ru", config, store)
    assert found.render("store_case_line", {}) == "свой"
    assert found.render("dialer_deleted", {}) == "общий"


@pytest.mark.parametrize("language", wording.BUILT_IN)
def test_built_in_texts_are_whole_and_pass_the_check(language: str) -> None:
    built_in = wording.built_in(language)
    assert built_in.templates.keys() == KINDS.keys()
    assert [mistakes(name, source) for name, source in built_in.templates.items()] == [[]] * len(KINDS)
    first = wording.built_in("ru")
    assert built_in.words.keys() == first.words.keys()
    assert built_in.labels.keys() == first.labels.keys()
    assert built_in.statuses.keys() == first.statuses.keys()


def test_templates_get_what_the_check_promises() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    given = texts.values("cscart/1/call_request/57", {}, Wording("ru", "ru", {}), None, now)
    assert given.keys() == KINDS["case_subject"].sample.keys()


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-23 08:59", "2026-11-23 09:00"),
        ("2026-11-23 09:00", None),
        ("2026-11-23 17:59", None),
        ("2026-11-23 18:00", "2026-11-24 09:00"),
        ("2026-11-27 20:00", "2026-11-30 09:00"),
        ("2026-11-28 12:00", "2026-11-30 09:00"),
    ],
)
def test_when_the_shop_opens_again(now: str, opens: str | None) -> None:
    zone = ZoneInfo("Europe/Moscow")
    found = hours.opens_again(OFFICE, datetime.fromisoformat(now).replace(tzinfo=zone).astimezone(UTC))
    assert found == (opens and datetime.fromisoformat(opens).replace(tzinfo=zone))


def test_hours_are_those_of_the_shops_own_clock() -> None:
    berlin = Hours(days=(6,), opens=180, closes=240, timezone="Europe/Berlin")
    # The clock goes forward at 2:00 that night.
    found = hours.opens_again(berlin, datetime(2026, 3, 28, 20, 0, tzinfo=UTC))
    assert found is not None
    assert found.astimezone(UTC) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert hours.opens_again(Hours(), datetime(2026, 3, 28, 20, 0, tzinfo=UTC)) is None
    assert hours.opens_again(None, datetime(2026, 3, 28, 20, 0, tzinfo=UTC)) is None
    assert hours.opens_again(replace(berlin, days=()), datetime(2026, 3, 28, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("now", "language", "words"),
    [
        ("2026-11-23 05:00", "ru", "сегодня в 09:00"),
        ("2026-11-23 20:00", "ru", "завтра в 09:00"),
        ("2026-11-27 20:00", "ru", "в понедельник, 30.11, в 09:00"),
        ("2026-11-27 20:00", "en", "on Monday, 30.11, at 09:00"),
    ],
)
def test_in_words(now: str, language: str, words: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Moscow"))
    at = at.replace(hour=int(now[11:13]))
    opens = hours.opens_again(OFFICE, at)
    assert opens is not None
    assert texts.opens_in_words(opens, at.astimezone(UTC), Wording(language, language, {})) == words


def test_outside_of_the_hours_the_texts_say_when_it_opens(world: World) -> None:
    world.use(Config(default_store=Store(working_hours=SHUT)))
    request_id = world.carried(time_from="9:00")
    assert "Магазин закрыт, откроется: " in world.contact(request_id)["description"]
    content = world.cases(request_id)[0]["messages"][0]["content_html"]
    assert "в 10:00" in content
    assert "с 09:00" in content


def test_a_flow_that_is_off_does_nothing(world: World) -> None:
    request_id = world.carried()
    off = Flows(**{field.name: False for field in fields(Flows)})
    world.use(Config(flows=off))
    before = len(world.calls())
    (case,) = world.cases(request_id)
    made = [
        world.callback(UPDATED, world.row(request_id) | {"status": "completed"}),
        world.callback(MESSAGE, {"request_id": request_id, "message": "Алло"}),
        world.callback(DELETED, {"request_id": request_id}),
        world.rule(case_id=str(case["case_id"])),
    ]
    world.reply(case["case_id"], "Ответ")
    world.shopper(name="Новая", phone="89175550009")
    assert {world.done(event_id).message for event_id in made} == {SWITCHED_OFF}
    assert world.calls(before) == []
    assert [e.message for e in world.events("omnidesk.message_new")] == [SWITCHED_OFF]


def test_every_flow_but_those_of_people_has_a_switch() -> None:
    off = Flows(**{field.name: False for field in fields(Flows)})
    assert {kind for kind in FLOWS if is_on(kind, off)} == {
        "cscart.backfill",
        "omnidesk.case_edit",
        "perezvon.write_check",
    }
    assert all_flows.is_on("something.else", off)


def test_a_callback_that_does_not_say_the_store_is_carried_for_the_right_one(world: World) -> None:
    world.use(Config(stores={"2": Store(group_id=44, language="en")}))
    row = {"name": "Яна", "phone": "89175550005", "company_id": "2"}
    request_id = str(world.control.post("/sandbox/call_requests", json=row).get_json()["request_id"])
    # The store's own hook is lost.
    world.fired.clear()
    told = world.done(world.callback(CREATED, {"request_id": request_id}))
    assert "another store's" in str(told.message)
    world.settle()
    assert world.cases(request_id) == []
    assert len(world.cases(request_id, "2")) == 1
    deleted = world.done(world.callback(DELETED, {"request_id": request_id}))
    assert deleted.subject == f"cscart/2/call_request/{request_id}"
    assert world.cases(request_id, "2")[0]["deleted"] is True


def test_what_a_third_language_lacks_is_in_the_stores_own(world: World) -> None:
    german = Templates({"case_subject": "Rückruf: {{ customer }} {{ when }}"})
    world.use(Config(templates={"de": german}, default_store=Store(language="en")))
    # The store's own hook does not tell the customer's language; its add-on may.
    made = world.shopper(
        name="Fritz", phone="89175550005", time_from="10:00", time_to="12:00", lang_code="de"
    )
    request_id = str(made["request_id"])
    world.settle()
    (case,) = world.cases(request_id)
    assert case["subject"].endswith("] Rückruf: Fritz from 10:00 until 12:00")
    description = world.contact(request_id)["description"]
    assert "from 10:00" in description
    assert "с 10:00" not in description
