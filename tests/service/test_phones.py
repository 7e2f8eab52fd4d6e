"""Phone numbers as people, tables and masks write them."""

from __future__ import annotations

import re
from unittest import mock

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.intake import phones
from service.intake.phones import Number, Phones

MARIA, OLEG, OFFICE = "+79175550157", "+79175550202", "+74951234567"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("8 (917) 555-01-57", MARIA),
        ("+8 (917) 555-01-57", MARIA),
        ("+8 (495) 123-45-67", OFFICE),
        ("9175550157", MARIA),
        ("7 917 555 01 57", MARIA),
        ("(+7) 917 555-01-57", MARIA),
        ("+7 8 917 555-01-57", MARIA),
        ("+7 +7 917 555-01-57", MARIA),
        ("+7 (791) 755-50-157", MARIA),
        ("007 917 555 01 57", MARIA),
        ("79175550157.0", MARIA),
        ("79175550157,00", MARIA),
        ("7.9175550157E+10", MARIA),
        ("8.917.555.01.57", MARIA),
        ("tel:+79175550157", MARIA),
        ("\u202a8\u200b917\u00a0555\u201101\u221257\u202c", MARIA),
        ("٨٩١٧٥٥٥٠١٥٧", MARIA),
        ("８ ９１７ ５５５－０１－５７", MARIA),
        ("375291234567", "+375291234567"),
        ("998901234567", "+998901234567"),
        ("380501234567", "+380501234567"),
        ("996555123456", "+996555123456"),
        ("77012345678", "+77012345678"),
        ("8 701 234-56-78", "+77012345678"),
        ("8 10 375 29 123-45-67", "+375291234567"),
        ("8 800 555-35-35", "+78005553535"),
        ("+44 20 7946 0108", "+442079460108"),
        ("+49 (0)30 5550105", "+49305550105"),
    ],
)
def test_a_number_in_any_writing(typed: str, number: str) -> None:
    assert phones.read(typed) == Phones((Number(number),))


@pytest.mark.parametrize(
    "typed",
    [
        "123-45-67",
        "8 029 123-45-67",
        "0501234567",
        # A digit too few, which would be a number of another town or country.
        "8 343 123-45-6",
        "+8 343 123-45-6",
        "7 471 234-56-7",
        "7471234567",
        "8917555015",
        # A table has rounded them.
        "7.917555016E+10",
        "8.343123457E+10",
        "8 917 555 01 57 2",
        # Too long for a time: another number, or the rest of this one.
        "89175550157 12345",
        "89175550157@mail.example",
        "112",
        "+7 (917) 555-01-__",
        "позвоните в телеграм",
        "12345678901234567890",
    ],
)
def test_what_is_no_valid_number_goes_on_as_typed(typed: str) -> None:
    assert phones.read(f" {typed} ") == Phones(typed=typed)


NONE = """
нет|Нет телефона|пока нет|не имею|unknown|тел. нет|н/а
no|N/A|не указан|null|телефон|-|—|...|?|0|00000000000|+7|8|\u200b
+7 (___) ___-__-__|+7(000)000-00-00|8 (000) 000-00-00|+375 (__) ___-__-__|+7 (xxx) xxx-xx-xx|+7(###)###-##-##
"""


@pytest.mark.parametrize("typed", ["", " ", *re.split(r"[|\n]", NONE.strip())])
def test_there_is_no_phone(typed: str) -> None:
    assert phones.read(typed) == Phones()


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("89175550157, 8 917 555-02-02", [(MARIA, ""), (OLEG, "")]),
        ("89175550157; +79175550202", [(MARIA, ""), (OLEG, "")]),
        ("89175550157/89175550202", [(MARIA, ""), (OLEG, "")]),
        ("89175550157 или 89175550202", [(MARIA, ""), (OLEG, "")]),
        ("89175550157\n89175550202", [(MARIA, ""), (OLEG, "")]),
        ("8 917 555 01 57 8 917 555 02 02", [(MARIA, ""), (OLEG, "")]),
        ("+79175550157+79175550202", [(MARIA, ""), (OLEG, "")]),
        ("89175550157, +7 917 555-01-57 вечером", [(MARIA, "вечером")]),
        ("8 495 123-45-67 доб. 12", [(OFFICE, "доб. 12")]),
        ("8 495 123-45-67 ext 5", [(OFFICE, "ext 5")]),
        ("84951234567,12", [(OFFICE, "12")]),
        ("8(495)123-45-67/68", [(OFFICE, "68")]),
        ("8 495 123-45-67 доб. 12, 89175550157", [(OFFICE, "доб. 12"), (MARIA, "")]),
        ("89175550157 вечером, 84951234567 днём", [(MARIA, "вечером"), (OFFICE, "днём")]),
        ("моб. 89175550157 дом. 84951234567", [(MARIA, "моб"), (OFFICE, "дом")]),
        ("89175550157 18:00-20:00", [(MARIA, "18:00-20:00")]),
        ("Мария, 89175550157", [(MARIA, "Мария")]),
        ("555-01-57, 89175550157", [(MARIA, "555-01-57")]),
        ("с 10 до 18 89175550157", [(MARIA, "с 10 до 18")]),
        ("89175550157 12.05.2026", [(MARIA, "12.05.2026")]),
        ("«89175550157»", [(MARIA, "")]),
    ],
)
def test_several_numbers_and_the_words_beside_them(typed: str, numbers: list[tuple[str, str]]) -> None:
    assert [(one.e164, one.remark) for one in phones.read(typed).numbers] == numbers


@pytest.mark.parametrize(
    ("typed", "home", "number"),
    [
        ("8 029 123-45-67", "BY", "+375291234567"),
        ("0501234567", "UA", "+380501234567"),
        ("8 701 234-56-78", "KZ", "+77012345678"),
        ("79175550157", "BY", MARIA),
        ("0176 12345678", "DE", "+4917612345678"),
        ("89175550157", "BY", ""),
        # Valid at home, and with a plus in front as another one.
        ("4915123456789", "DE", ""),
        ("79175550157", "DE", ""),
    ],
)
def test_the_home_country_is_the_stores(typed: str, home: str, number: str) -> None:
    assert phones.read(typed, home).first == number


@pytest.mark.parametrize(
    ("number", "home", "writings"),
    [
        (MARIA, "RU", [MARIA, "79175550157", "89175550157"]),
        ("+375291234567", "RU", ["+375291234567", "375291234567", "810375291234567"]),
        ("+375291234567", "BY", ["+375291234567", "375291234567", "80291234567"]),
    ],
)
def test_the_dialers_writing(number: str, home: str, writings: list[str]) -> None:
    assert [phones.written(number, one, home) for one in phones.WRITINGS] == writings


# What fields are made of: numbers, nearly numbers, and everything around them.
PIECES = st.sampled_from("78+()- ,\n/_@٨\u200b") | st.sampled_from(
    ["+7", "917", "495", "343", "555", "01", "57", "375", "29", "00", "1:30", "доб. 12", "и", "E+10", ".0"]
)
FIELDS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=24).map("".join))


@given(FIELDS, st.sampled_from(["RU", "KZ", "BY", "UA", "DE", "US"]))
def test_a_number_is_valid_and_is_read_as_itself_again(typed: str, home: str) -> None:
    found = phones.read(typed, home)
    assert not (found.numbers and found.typed)
    assert found.typed in typed
    for one in found.numbers:
        assert phonenumbers.is_valid_number(phonenumbers.parse(one.e164))
        assert phones.read(one.e164, home) == Phones((Number(one.e164),))
        for writing in phones.WRITINGS:
            assert phones.written(one.e164, writing, home)


@pytest.mark.parametrize(
    "piece",
    ["1 ", "+", "(", "8 917 555 01 01 ", "1", "8 9", "1:", "(+", ", ", "\u200b", "11 22 33 ", "и ", "_"],
)
def test_a_long_text_is_looked_at_in_part(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = mock.Mock(wraps=phonenumbers.parse)
    monkeypatch.setattr(phonenumbers, "parse", parse)
    found = phones.read(piece * 50_000)
    assert parse.call_count < 2_000
    assert len(found.typed) <= phones.LONGEST + 1
    assert all(len(one.remark) <= phones.LONGEST for one in found.numbers)


def test_a_long_text_is_not_cut_through_a_number() -> None:
    words = "а" * (phones.LONGEST - 11)
    assert phones.read(f"{words} 8343123456789").numbers == ()
    assert phones.read(f"{words[:-2]} 89175550157, вечером").first == MARIA
