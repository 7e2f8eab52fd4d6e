"""The customer's phone: into the dialer and the help desk, and word of one that cannot be called."""

from __future__ import annotations

import pytest

from service.config.model import Config, Store
from service.intake.call_request import UPDATED
from tests.flows.world import World
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE
from workers.vendors.obzvonilka.operations import CONTACTS_UPDATE

NO_PHONE = "Позвонить нельзя: в заявке нет телефона."
UNREAD = "Телефон записан не как номер"


def slots(contact: dict[str, str]) -> dict[str, str]:
    """The places for phones that are taken."""
    return {name: value for name, value in contact.items() if name.startswith("phone") and value}


def shop_sets(world: World, request_id: str, **fields: str) -> None:
    """The shop's staff edits the row."""
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body=fields)


def contacts(world: World) -> int:
    return sum(map(len, world.state()["obzvonilka"]["contacts"].values()))


def users_phone(world: World, request_id: str) -> str:
    """The phone that the help desk has of the request's customer."""
    user_id = world.cases(request_id)[0]["user_id"]
    (user,) = (one for one in world.state()["omnidesk"]["users"] if one["user_id"] == user_id)
    return str(user.get("user_phone", ""))


def test_two_numbers_with_words_beside_them(world: World) -> None:
    request_id = world.carried(phone="8 495 123-45-67 доб. 12, моб. +8 (917) 555-01-57 вечером")
    assert slots(world.contact(request_id)) == {
        "phone1": "+74951234567",
        "phone_remark1": "доб. 12",
        "phone2": "+79175550157",
        "phone_remark2": "моб, вечером",
    }
    assert "доб. 12, моб. +8" in world.contact(request_id)["description"], "as it was typed"


def test_more_numbers_than_places_are_named(world: World) -> None:
    request_id = world.carried(phone=", ".join(f"891755501{number}" for number in range(10, 22)))
    assert slots(world.contact(request_id)).keys() == {f"phone{slot}" for slot in range(1, 11)}
    (event,) = world.events("call_request.created")
    assert "2 left out" in str(event.message)


@pytest.mark.parametrize(
    ("store", "typed", "dialled", "known_as"),
    [
        (Store(country="BY"), "8 029 123-45-67", "+375291234567", "+375291234567"),
        (Store(dialer_phones="7"), "8 917 555-01-57", "79175550157", "+79175550157"),
        (Store(dialer_phones="8"), "+7 917 555-01-57", "89175550157", "+79175550157"),
    ],
)
def test_country_and_writing_are_the_stores(
    world: World, store: Store, typed: str, dialled: str, known_as: str
) -> None:
    world.use(Config(stores={"1": store}))
    request_id = world.carried(phone=typed)
    assert world.contact(request_id)["phone1"] == dialled
    assert users_phone(world, request_id) == known_as


def test_what_is_no_valid_number_is_for_a_person_to_read(world: World) -> None:
    request_id = world.carried(phone="8 029 123-45-67")
    assert world.contact(request_id)["phone1"] == "8 029 123-45-67"
    assert users_phone(world, request_id) == ""
    (event,) = world.events("call_request.created")
    assert "not a valid number" in str(event.message)
    assert UNREAD in world.cases(request_id)[0]["messages"][0]["content_html"]
    assert UNREAD in world.row(request_id)["notes"]


@pytest.mark.parametrize("typed", ["", "нет", "+7 (___) ___-__-__"])
def test_without_a_phone_it_is_said_everywhere(world: World, typed: str) -> None:
    request_id = world.carried(phone=typed)
    assert contacts(world) == 0
    (event,) = world.events("call_request.created")
    assert "No phone number that can be called" in str(event.message)
    first = world.cases(request_id)[0]["messages"][0]
    assert NO_PHONE in first["content_html"]
    assert NO_PHONE in world.row(request_id)["notes"]


def test_with_a_phone_nothing_is_said_of_it(world: World) -> None:
    request_id = world.carried(phone="8 917 555-01-57")
    (event,) = world.events("call_request.created")
    assert event.message is None
    assert NO_PHONE not in world.row(request_id)["notes"]
    assert UNREAD not in world.row(request_id)["notes"]


def test_another_writing_of_a_number_is_no_change(world: World) -> None:
    request_id = world.carried(phone="8 917 555-01-57")
    told = world.done(world.callback(UPDATED, {"request_id": request_id, "phone": "+7(917)5550157"}))
    assert world.notes(world.cases(request_id)[0]) == []
    assert told.message == "our own change"


def test_a_first_phone_that_comes_with_an_update_makes_a_contact(world: World) -> None:
    request_id = world.carried(name="Яна", phone="нет", product="Чайник", time_from="9:00")
    world.done(world.callback(UPDATED, {"request_id": request_id, "phone": "8 917 555-01-57"}))
    contact = world.contact(request_id)
    assert (contact["name"], contact["phone1"]) == ("Яна", "+79175550157")
    assert "Чайник" in contact["description"]
    assert "с 09:00" in contact["description"], "the whole request, though the update told the number only"
    assert "Телефон: 8 917 555-01-57" in world.notes(world.cases(request_id)[0])[0]
    world.done(world.callback(UPDATED, {"request_id": request_id, "phone": "8 917 555-02-02"}))
    assert contacts(world) == 1
    assert world.contact(request_id)["phone1"] == "+79175550202"


def test_a_first_phone_of_a_request_that_was_dealt_with_calls_nobody(world: World) -> None:
    request_id = world.carried(phone="")
    shop_sets(world, request_id, status="completed")
    told = world.done(world.callback(UPDATED, world.row(request_id) | {"phone": "8 917 555-01-57"}))
    assert contacts(world) == 0
    assert "has been dealt with" in str(told.message)


def test_a_contact_that_the_dialers_staff_threw_away_is_not_made_again(world: World) -> None:
    request_id = world.carried(phone="8 917 555-01-57")
    world.fault(
        vendor="obzvonilka", operation="obzvonilka.contacts.get", kind="status", status=404, times=None
    )
    told = world.done(world.callback(UPDATED, {"request_id": request_id, "phone": "8 917 555-02-02"}))
    assert "no contact" in str(told.message)
    assert contacts(world) == 1


def test_new_numbers_take_the_places_of_ours_and_not_of_the_staffs(world: World) -> None:
    request_id = world.carried(phone="89175550101 доб. 5, 89175550102")
    contact = world.contact(request_id)
    path = {"base_id": "1", "contact_id": contact["id"]}
    world.call(CONTACTS_UPDATE, path=path, body={"phone3": "+79175550103", "phone_remark3": "жена"})
    world.done(world.callback(UPDATED, {"request_id": request_id, "phone": "89175550111"}))
    staffs = {"phone3": "+79175550103", "phone_remark3": "жена"}
    assert slots(world.contact(request_id)) == {"phone1": "+79175550111", **staffs}
    numbers = "89175550111, 89175550103, 89175550112 днём"
    world.done(world.callback(UPDATED, {"request_id": request_id, "phone": numbers}))
    assert slots(world.contact(request_id)) == {
        "phone1": "+79175550111",
        "phone2": "+79175550112",
        "phone_remark2": "днём",
        **staffs,
    }


def test_a_phone_taken_away_is_told_and_the_old_one_stays_with_the_dialer(world: World) -> None:
    request_id = world.carried(phone="89175550101")
    told = world.done(world.callback(UPDATED, {"request_id": request_id, "phone": "нет"}))
    assert "No phone number" in str(told.message)
    assert NO_PHONE in world.notes(world.cases(request_id)[0])[0]


@pytest.mark.parametrize(
    ("language", "amount", "price", "line"),
    [
        ("ru", "1.0", "4990.00", "Чайник: 1 × 4\u00a0990"),
        ("ru", "0.5", "1234567.5", "Чайник: 0,5 × 1\u00a0234\u00a0567,50"),
        ("en", "2.00", "4990.50", "Чайник: 2 × 4,990.50"),
        ("ru", "две", "по запросу", "Чайник: две × по запросу"),
        ("ru", "", "", "Чайник × 1"),
        ("ru", "1e3", "007", "Чайник: 1e3 × 007"),
    ],
)
def test_numbers_print_as_people_write_them(
    world: World, language: str, amount: str, price: str, line: str
) -> None:
    world.use(Config(default_store=Store(language=language)))
    request_id = world.carried(cart_products=[{"product": "Чайник", "amount": amount, "price": price}])
    assert line in world.contact(request_id)["description"].splitlines()[-2]
    assert line in world.cases(request_id)[0]["messages"][0]["content_html"]


def test_the_staff_is_told_in_its_own_language(world: World) -> None:
    made = world.shopper(name="Ann", phone="нет", lang_code="en")
    world.settle()
    assert NO_PHONE in world.row(str(made["request_id"]))["notes"]
    assert NO_PHONE in world.cases(str(made["request_id"]))[0]["messages"][0]["content_html"]
