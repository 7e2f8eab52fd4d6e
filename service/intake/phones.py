"""Phone numbers out of what people typed into one field. Pure.

A number is rewritten only when it is valid in its country's plan: a local number, one with a digit too few or
one that could be another country's goes on as it was typed, for a person to read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

HOME = "RU"
"""Where a number without a country code is from, unless the store's settings say otherwise."""

WRITINGS = ("+7", "7", "8")
"""How the dialer wants a number: with a plus, digits alone, or as it is dialled at home."""

# Characters. A field is a few numbers and words; far above that nobody has typed a phone.
LONGEST = 250
# Digits: the shortest that is worth a look, and the longest with the prefix for calls abroad (8 10 …).
_DIGITS = range(7, 19)
# Written without a plus often enough, and too long to be anything else.
_NEIGHBOURS = ("7", "373", "374", "375", "380", "992", "993", "994", "995", "996", "998")
# The countries that share +7 and its trunk prefix 8.
_ZONE_7 = ("RU", "KZ")
_WITH_TRUNK = 11

_RUN = re.compile(r"[+(\[]{0,8}\d(?:(?!\d{1,2}:)[\d+()\[\]. -])*")
# A table's number: 79170000000.0, and 7.9170000000E+10 with every digit there.
_DECIMAL = re.compile(r"(?<![\d.,])(\+?\d{10,15})[.,]0{1,2}(?!\d)")
_EXPONENT = re.compile(r"(?<![\d.,])(\d)[.,](\d{9,14})[eE]\+?(\d\d)(?!\d)")
# Typed once more behind what the field begins with by itself: +7 (+7 917…
_TWICE = re.compile(r"(^|[,;/\n]) *\(?\+?[78][ (-]{0,3}(?=\+\d)")
_WORD = re.compile(r"(?<!\S)\+?\d{11,15}(?!\S)")
# A year.
_LONGEST_OTHER = 4
_NO_NUMBER_AFTER = re.compile(r"[eE]\+?\d|@")
_SEPARATOR = re.compile(r"[,;/|\\\n]|(?<!\w)(?:и|или|and|or)(?!\w)", re.IGNORECASE)
_AROUND = " ()[].:+-=\"'`«»„“”‘’<>"
_EMPTY_WORDS = {"и", "или", "and", "or", "тел", "телефон", "tel", "phone"}

# Each in the usual writings of "there is no phone", or the name of a field that nobody has filled in.
_NONE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "нет нету нема немає жоқ не без отсутствует указан указано указана дам хочу пусто н д нд"
        " телефон телефона номер номера тел пока имею скажу буду оставил оставила неизвестно неизвестен скрыт"
        " а no none not without n a na nil null nan undefined unknown hidden private empty"
        " phone number given specified available provided",
    )
)
_MASK = re.compile(r"[_#*•xх]", re.IGNORECASE)


@dataclass(frozen=True)
class Number:
    """A valid number as +79170000000, and the words that stood beside it: an extension, a time."""

    e164: str
    remark: str = ""


@dataclass(frozen=True)
class Phones:
    """What a field says: its valid numbers in order; `typed` is its text when it has one and no number."""

    numbers: tuple[Number, ...] = ()
    typed: str = ""

    @property
    def first(self) -> str:
        """The first valid number as +79170000000; "" without one."""
        return self.numbers[0].e164 if self.numbers else ""

    @property
    def said(self) -> str:
        """The same for fields that say the same in other writings."""
        return "\n".join(f"{one.e164} {one.remark}".strip() for one in self.numbers) or self.typed


def read(text: str, home: str = HOME) -> Phones:
    """What the field says, for a store in `home` (two letters, such as RU)."""
    plain = _plain(text[: 4 * LONGEST])
    if len(plain) > LONGEST:
        # Not through the middle of a number.
        plain = plain[:LONGEST].rstrip("0123456789+()[]. -")
    found = tuple(_numbers(plain, home))
    if found:
        return Phones(found)
    if _says_none(plain, home):
        return Phones()
    typed = text.strip()
    return Phones(typed=typed if len(typed) <= LONGEST else f"{typed[:LONGEST]}…")


def written(e164: str, writing: str, home: str = HOME) -> str:
    """The number for the dialer: `+7…` as it is, `7…` without the plus, `8…` as it is dialled in `home`."""
    if writing == "7":
        return e164.removeprefix("+")
    if writing == "8":
        number = phonenumbers.parse(e164)
        dialled = phonenumbers.format_out_of_country_calling_number(number, home)
        return re.sub(r"[^+\d]", "", dialled)
    return e164


def check_country(name: str) -> None:
    """Raise `ValueError` unless numbering plans know the country."""
    if name not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country's two capital letters, such as RU or BY")


def _plain(text: str) -> str:
    """Digits, spaces, dashes and plus signs of every script as those of ASCII, without what nobody sees."""
    text = "".join(_character(one) for one in text)
    text = _TWICE.sub(r"\1", _DECIMAL.sub(r"\1", text))
    return _EXPONENT.sub(lambda m: m[1] + m[2] if len(m[2]) == int(m[3]) else m[0], text)


@lru_cache(maxsize=1024)
def _character(one: str) -> str:
    kind = unicodedata.category(one)
    if one in "\n\r\v\f\x85" or kind in ("Zl", "Zp"):
        return "\n"
    if one == "\t" or kind == "Zs":
        return " "
    # Variation selectors and the frame of keycap digits go with the controls.
    if kind in ("Cc", "Cf", "Cs", "Me") or "\ufe00" <= one <= "\ufe0f":
        return ""
    if kind == "Pd" or one == "−":
        return "-"
    folded = unicodedata.normalize("NFKC", one)
    digit = unicodedata.digit(folded, None) if len(folded) == 1 else None
    if digit is not None:
        return str(digit)
    return folded if folded in ("+", "(", ")", "/", "_", "#", "*") else one


def _numbers(text: str, home: str) -> Iterator[Number]:
    """The valid numbers, each once, with the words around them."""
    places = [place for run in _RUN.finditer(text) for place in _in_run(text, run, home)]
    if not places:
        return
    gaps = [
        text[end:start]
        for end, start in zip(
            [0, *(end for _, end, _ in places)], [*(start for start, _, _ in places), len(text)], strict=True
        )
    ]
    # "моб. 8917… дом. 8495…": the words go before their numbers.
    before = bool(_clean(gaps[0]))
    words: list[list[str]] = [[gaps[0]], *([] for _ in places[1:])]
    for number, gap in enumerate(gaps[1:-1]):
        left, right = _shared(gap, before=before)
        words[number].append(left)
        words[number + 1].append(right)
    words[-1].append(gaps[-1])
    found: dict[str, list[str]] = {}
    for (_, _, e164), beside in zip(places, words, strict=True):
        found.setdefault(e164, []).extend(filter(None, map(_clean, beside)))
    for e164, beside in found.items():
        yield Number(e164, ", ".join(dict.fromkeys(beside)))


def _shared(gap: str, *, before: bool) -> tuple[str, str]:
    """What stands between two numbers: the words of the one before it, and those of the one after it."""
    last = None
    for last in _SEPARATOR.finditer(gap):  # noqa: B007 - the last one is what is wanted
        pass
    if last is not None:
        return gap[: last.start()], gap[last.end() :]
    return ("", gap) if before else (gap, "")


def _clean(words: str) -> str:
    """The words without what only separated them; "" when they say nothing."""
    pieces = (" ".join(piece.split()).strip(_AROUND) for piece in _SEPARATOR.split(words))
    return ", ".join(one for one in pieces if one and one.lower() not in _EMPTY_WORDS)


def _in_run(text: str, run: re.Match[str], home: str) -> list[tuple[int, int, str]]:
    """Start, end and number of what is in a run of digits: all of it has to be numbers, in one way only."""
    if _NO_NUMBER_AFTER.match(text, run.end()):
        return []
    groups = [
        (m.start() + run.start(), m.end() + run.start()) for m in re.finditer(r"[+(\[]{0,8}\d+", run[0])
    ]
    whole = (groups[0][0], groups[-1][1])
    if number := _number(text[slice(*whole)], home):
        return [(*whole, number)]
    # The ways to cut the groups up to each, at most two: one more is as good as many.
    ways: list[list[list[tuple[int, int, str]]]] = [[[]]]
    for upto in range(1, len(groups) + 1):
        here: list[list[tuple[int, int, str]]] = []
        digits = 0
        for since in range(upto - 1, -1, -1):
            digits += sum(one.isdecimal() for one in text[slice(*groups[since])])
            if digits not in _DIGITS:
                if digits >= _DIGITS.stop:
                    break
                continue
            place = (groups[since][0], groups[upto - 1][1])
            if ways[since] and (number := _number(text[slice(*place)], home)):
                here += [[*way, (*place, number)] for way in ways[since]]
        ways.append(here[:2])
    if len(ways[-1]) == 1:
        return ways[-1][0]
    return [] if ways[-1] else list(_alone(text, run, home))


def _alone(text: str, run: re.Match[str], home: str) -> Iterator[tuple[int, int, str]]:
    """Numbers that are whole words, when what stands beside them is too short for one: a time, a date."""
    if all(len(digits) <= _LONGEST_OTHER for digits in re.findall(r"\d+", _WORD.sub("", run[0]))):
        for word in _WORD.finditer(text, run.start(), run.end()):
            if number := _number(word[0], home):
                yield word.start(), word.end(), number


def _number(text: str, home: str) -> str:
    """The one number that the text is, as +79170000000; "" when it is no valid one."""
    groups = re.findall(r"\d+", text)
    digits = "".join(groups)
    if len(digits) not in _DIGITS or "+" in text.lstrip("+(["):
        return ""
    if "+" in text:
        return next((found for one in _abroad(groups) if (found := _valid(one, home))), "")
    # Two readings that are valid, and not the same: nobody knows which is meant.
    numbers = {number for one in _at_home(groups, home) if (number := _valid(one, home))}
    return numbers.pop() if len(numbers) == 1 else ""


def _abroad(groups: list[str]) -> Iterator[str]:
    """What a number with a plus may be: international, with 7 twice, or with the plus before 8 (`+8 917`)."""
    digits = "".join(groups)
    # No country has the code 8.
    if groups[0] != "8":
        yield f"+{digits}"
    if digits.startswith("77") and len(digits) == _WITH_TRUNK + 1:
        yield f"+{digits[1:]}"
    if digits[0] in "08" and (groups[0] != "8" or len(digits) == _WITH_TRUNK):
        yield digits


def _at_home(groups: list[str], home: str) -> Iterator[str]:
    """What a number without a plus may be."""
    digits = "".join(groups)
    if digits.startswith("00"):
        yield f"+{digits[2:]}"
        return
    alone = groups[0] in ("7", "8") and len(groups) > 1
    # "8 343 123-45-6" lacks a digit, and without its 8 standing apart it would be another town's.
    if home not in _ZONE_7 or not alone or len(digits) == _WITH_TRUNK or digits.startswith("810"):
        yield digits
    if digits.startswith((*_NEIGHBOURS, str(phonenumbers.country_code_for_region(home)))):
        yield f"+{digits}"


def _valid(text: str, home: str) -> str:
    try:
        number = phonenumbers.parse(text, home)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    # Ten digits from 7 are Kazakhstan's, or a Russian number that lacks its last digit.
    short = home in _ZONE_7 and len(text) < _WITH_TRUNK and text.startswith("7")
    if short and phonenumbers.region_code_for_number(number) != home:
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _says_none(text: str, home: str) -> bool:
    """Is it one of the ways to say that there is no phone, or a mask that nobody has filled in?"""
    words = re.findall(r"[^\W\d_]+", text.lower())
    digits = re.sub(r"\D", "", text)
    if not digits:
        return not re.search(r"[^\W_]", _MASK.sub("", text)) or _all(words, _NONE_WORDS)
    if re.search(r"[^\W\d_]", _MASK.sub("", text)):
        return False
    codes = ("8", *_NEIGHBOURS, str(phonenumbers.country_code_for_region(home)))
    return bool(re.fullmatch(rf"0+|(?:{'|'.join(codes)})(?:0{{5,}})?", digits))


def _all(words: Iterable[str], known: frozenset[str]) -> bool:
    return all(word in known for word in words)
