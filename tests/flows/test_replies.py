"""What a staff member's reply looks like to those who read it outside the help desk."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.intake import omnidesk
from service.ledger.tables import Event
from tests.flows.world import World
from workers.flows.markup import plain

HTML = (
    "<html><head><title>Письмо</title><style>p {color: red}</style></head><body><!-- черновик -->"
    '<p>Добрый день!</p><p>&nbsp;</p><p>Смотрите <a href="https://shop.example/a?x=1&amp;y=2">прайс</a>'
    "<br/><img alt='Схема' src='https://shop.example/map.png'></p><script>alert('нет')</script>"
    "<ul><li>Раз</li><li>Два</li></ul></body></html>"
)
AS_TEXT = [
    "Добрый день!",
    "Смотрите прайс (https://shop.example/a?x=1&y=2)",
    "Схема (https://shop.example/map.png)",
    "Раз",
    "Два",
]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a < b, b > c & d", "a < b, b > c & d"),
        ("1<2 и 3>2", "1<2 и 3>2"),
        ("если a <b and c> d", "если a <b and c> d"),
        ("Иван <ivan@shop.example>, <https://shop.example/x>", "Иван <ivan@shop.example>, <https://shop.example/x>"),
        ("<Мария> и <неизвестно>", "<Мария> и <неизвестно>"),
        ("https://shop.example/?a=1&copy=2", "https://shop.example/?a=1&copy=2"),
        ("&lt;b&gt; &laquo;да&raquo; &#8470;&nbsp;5", "<b> «да» № 5"),
        ("<b>жирно</b> и <i>косо", "жирно и косо"),
        ("<p>раз<p>два</div></b>", "раз\nдва"),
        ("<P STYLE='x'>раз<BR>два</P >", "раз\nдва"),
        ('<a href="https://x.example" title="a > b">тут</a>', "тут (https://x.example)"),
        ("<a href=https://x.example/y>https://x.example/y</a>", "https://x.example/y"),
        ("<a href='mailto:a@x.example'>a@x.example</a>", "a@x.example"),
        ("<a href='tel:+74955550101'>позвонить</a>", "позвонить (+74955550101)"),
        ("<a href='javascript:alert(1)'>тут</a><a href='#x'>там</a>", "туттам"),
        ("<a href='https://x.example'><img src='https://y.example/z.png'></a>",
         "https://y.example/z.png (https://x.example)"),
        ("<a href='https://x.example'>без конца", "без конца (https://x.example)"),
        ("<img src='data:image/png;base64,AAAA' alt='фото'>", "фото"),
        ("<p>до</p><script>if (a < b) x()</script><p>после</p>", "до\nпосле"),
        ("до<style>p{}", "до"),
        ("<!-- нет -->да<!-- не кончается", "да<!-- не кончается"),
        ("<!DOCTYPE html><p>да</p>", "да"),
        ("<o:p>&nbsp;</o:p><p>да</p>", "да"),
        ("<table><tr><td>раз</td><td>два</td></tr><tr><td>три</td></tr></table>", "раз два\nтри"),
        ("<p>\u200b</p><p><br></p>\n \r\n", ""),
        ("<div>" * 5000 + "глубоко" + "</div>" * 5000, "глубоко"),
        ("раз\n\n\nдва", "раз\nдва"),
        ("<", "<"),
        ("", ""),
    ],
)  # fmt: skip
def test_html_becomes_text_and_text_stays(markup: str, text: str) -> None:
    assert plain(markup) == text


PIECES = [
    *("<", ">", "<a ", '<a "', "<a '", "<a href='", '<a href="', "</a>", "<!--", "-->", "<script>", "<head>"),
    *(
        "</",
        "<p>",
        "&",
        "&#",
        "<img src=",
        "<b x=' ",
        '"',
        "'",
        "<![",
        "<svg>",
        "<title>",
        "a-",
        "<o:",
        " ",
        "\n",
    ),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join))
def test_any_text_is_read_without_an_empty_line(markup: str) -> None:
    said = plain(markup)
    assert all(line.strip() for line in said.splitlines())


HARD = (
    "<",
    "<a ",
    '<a "',
    "<a \"'",
    '<a href="',
    "<p",
    "<!--",
    "<![",
    "</",
    "<script>x</script",
    "<head>",
    "<a-a",
)


@pytest.mark.parametrize("piece", HARD)
def test_it_takes_linear_time(piece: str) -> None:
    # Where the time grows with the square, this takes minutes, and the run's own limit ends it.
    plain(piece * (400_000 // len(piece)))
    plain(f"<p>{piece * (400_000 // len(piece))}</p>")


def reply(world: World, case: dict[str, Any], **more: Any) -> Event:
    message = {"message_id": "9100", "case_id": str(case["case_id"]), "staff_id": "22", **more}
    body = {"type": "message_new", "object": message | {"user_id": str(case["user_id"])}}
    return world.done(
        world.receive(omnidesk.channel_event(body, json.dumps(body).encode(), "application/json"))
    )


@pytest.mark.parametrize("field", ["content", "content_html"])
def test_a_reply_in_html_is_read_as_text_with_its_addresses(world: World, field: str) -> None:
    request_id = world.carried(notes="Первая")
    (case,) = world.cases(request_id)
    before = world.contact(request_id)["description"], world.row(request_id)["notes"]
    reply(world, case, **{"content": "Добрый день! Смотрите прайс", field: HTML})
    after = world.contact(request_id)["description"], world.row(request_id)["notes"]
    for old, new in zip(before, after, strict=True):
        added = new.removeprefix(old + "\n").splitlines()
        assert re.fullmatch(r"\[pz:[0-9a-f]{8}\] Омнидеск: Добрый день!", added[0])
        assert added[1:] == AS_TEXT[1:]


FILES = [
    ({"url": "https://desk.example/a.pdf", "file_name": "a.pdf"}, "https://desk.example/a.pdf"),
    ({"file_name": "чек.pdf", "file_id": 7}, "чек.pdf"),
    ({"url": "", "file_name": "чек\n.pdf"}, "чек .pdf"),
    ("https://desk.example/b.pdf", "https://desk.example/b.pdf"),
]


@pytest.mark.parametrize("content", ["", "<p><br></p>"])
def test_a_reply_of_files_alone_names_them(world: World, content: str) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    reply(world, case, content=content, attachments=[one for one, _ in FILES])
    for text in (world.contact(request_id)["description"], world.row(request_id)["notes"]):
        lines = text.splitlines()[-len(FILES) :]
        assert lines[0].endswith(f"] Омнидеск: {FILES[0][1]}")
        assert lines[1:] == [name for _, name in FILES[1:]]
        assert all(line.strip() for line in text.splitlines())


@pytest.mark.parametrize("content", ["", " \n", "<p>&nbsp;</p>", "<style>p{}</style>"])
def test_a_reply_that_says_nothing_leaves_nothing(world: World, content: str) -> None:
    request_id = world.carried()
    (case,) = world.cases(request_id)
    before = len(world.calls())
    event = reply(world, case, content=content, attachments=[{"file_size": 5}])
    assert "empty" in str(event.message)
    assert world.calls(before) == []
