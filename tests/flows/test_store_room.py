"""What the store's column of notes cannot hold is not sent there: nothing of anybody's is cut."""

from __future__ import annotations

from typing import Any

import pytest

from service.config.model import Config, Store
from tests.flows.world import World
from workers.flows import room
from workers.vendors.cscart.operations import CALL_REQUESTS_UPDATE
from workers.vendors.sandbox import SandboxConfig

WIDE = SandboxConfig(cscart_utf8mb4=True)


def put(world: World, request_id: str, notes: str) -> None:
    world.call(CALL_REQUESTS_UPDATE, path={"request_id": request_id}, body={"notes": notes})


def answered(world: World, request_id: str, text: str) -> Any:
    """A staff member's reply, carried to its end."""
    world.reply(world.cases(request_id)[0]["case_id"], text)
    world.settle()
    event = world.events("omnidesk.message_new")[-1]
    assert event.status == "done", event.message
    return event


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("Хорошо 😀 ждём", "Хорошо □ ждём"),
        ("👨‍👩‍👧 втроём", "□ втроём"),
        ("𠮷野家", "□野家"),
        ("Ёлка ☎ ∞ 本", "Ёлка ☎ ∞ 本"),
    ],
)
def test_characters_that_the_store_cannot_hold_are_replaced(world: World, said: str, stands: str) -> None:
    request_id = world.carried()
    answered(world, request_id, f"{said}!")
    assert f"{stands}!" in world.row(request_id)["notes"]
    assert f"{said}!" in world.contact(request_id)["description"]


@pytest.mark.parametrize("world", [WIDE], indirect=True)
def test_a_store_that_can_hold_them_gets_them(world: World) -> None:
    world.use(Config(default_store=Store(utf8mb4=True)))
    request_id = world.carried()
    before = len(world.calls())
    answered(world, request_id, "Хорошо 😀 ждём")
    assert "Хорошо 😀 ждём" in world.row(request_id)["notes"]
    assert world.calls(before).count("cscart.call_requests.get") == 1


@pytest.mark.parametrize("world", [WIDE], indirect=True)
@pytest.mark.parametrize("utf8mb4", [True, False])
def test_what_people_wrote_in_such_characters_stays(world: World, utf8mb4: bool) -> None:
    world.use(Config(default_store=Store(utf8mb4=utf8mb4)))
    request_id = world.carried(notes="Звонить 😀 утром\nПодъезд 2")
    answered(world, request_id, "Хорошо")
    notes = world.row(request_id)["notes"]
    assert notes.startswith("Звонить 😀 утром\nПодъезд 2\n")
    assert "Хорошо" in notes


def test_where_they_are_shown_and_cut_all_the_same_nothing_after_them_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = world.carried()
    send = world.transport.send

    def shows_what_people_wrote(operation: Any, **given: Any) -> Any:
        answer = send(operation, **given)
        if answer.data.get("notes") == "Утром":
            answer.data["notes"] = "Утром 😀 обязательно"
        return answer

    put(world, request_id, "Утром")
    monkeypatch.setattr(world.transport, "send", shows_what_people_wrote)
    answered(world, request_id, "Хорошо")
    notes = world.row(request_id)["notes"]
    assert notes.startswith("Утром □ обязательно\n")
    assert "Хорошо" in notes


def test_a_line_too_long_is_shortened_and_says_where_the_rest_is(world: World) -> None:
    request_id = world.carried()
    standing = "ж" * 32_000
    put(world, request_id, standing)
    answered(world, request_id, "Долго. " * 200 + "Конец.")
    notes = world.row(request_id)["notes"]
    assert notes.startswith(f"{standing}\n")
    assert len(notes.encode()) <= room.MOST_BYTES
    assert notes.endswith("… полностью в Омнидеске")
    assert "Конец" not in notes
    before = notes
    world.done(world.replay(world.events("omnidesk.message_new")[-1].id))
    assert world.row(request_id)["notes"] == before, "its mark stands there"


def test_without_any_room_the_event_says_so(world: World) -> None:
    request_id = world.carried()
    standing = "ж" * 32_760
    put(world, request_id, standing)
    event = answered(world, request_id, "Перезвоним в шесть")
    assert world.row(request_id)["notes"] == standing
    assert "notes of the request are full" in str(event.message)
    assert "Перезвоним в шесть" in world.contact(request_id)["description"]


def test_in_english_it_says_so_in_english(world: World) -> None:
    world.use(Config(default_store=Store(language="en")))
    request_id = world.carried()
    put(world, request_id, "x" * 65_000)
    answered(world, request_id, "Well. " * 200)
    assert world.row(request_id)["notes"].endswith("… in full in Omnidesk")


def test_what_holds_more_than_a_text_column_gets_all() -> None:
    assert room.fitting("x" * 70_000, "line", "", "…") == "line"


@pytest.mark.parametrize("standing", ["", "x" * 65_000, "x" * 65_490, "x" * 65_535])
def test_a_shortened_line_begins_with_its_mark_or_is_none(standing: str) -> None:
    line = "[pz:12345678] " + "Ж" * 40_000
    found = room.fitting(standing, line, "[pz:12345678]", "… полностью в Омнидеске")
    assert found is None or found.startswith("[pz:12345678] Ж")
    assert found is None or len(f"{standing}\n{found}".encode()) <= room.MOST_BYTES
    assert (found is None) == (len(standing) > 65_480)
