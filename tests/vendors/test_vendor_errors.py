"""What `perezvon call` says when a vendor does not do it, and what it prints when it does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from service.cli.call import call
from tests.vendors.recorder import Recorder


@pytest.mark.parametrize(
    ("words", "status", "body", "said"),
    [
        ("omnidesk.cases.get case_id=1", 404, b'{"error": "case_not_found"}', ["case_not_found", "404"]),
        ("omnidesk.cases.get case_id=1", 403, b'{"error": "incorrect_user_email"}', ["incorrect_user_email"]),
        ("omnidesk.cases.get case_id=1", 401, b"", ["Omnidesk refuses access"]),
        ("omnidesk.cases.get case_id=1", 429, b'{"error": "limit_exceeded"}', ["quota", "limit_exceeded"]),
        ("omnidesk.cases.get case_id=1", 503, b'{"error": "maintenance"}', ["503", "maintenance"]),
        ("omnidesk.kb_articles.move_up article_id=1", 500, b'{"error": "oops"}', ["500", "oops"]),
        ("omnidesk.cases.get case_id=1", 302, b"", ["redirect"]),
        ("omnidesk.cases.get case_id=1", 200, b"<html>", ["not JSON"]),
        ("omnidesk.cases.delete case_id=1", 200, b"<html>", ["not JSON"]),
        (
            "cscart.call_requests.get request_id=9",
            404,
            b'{"message": "Not Found", "status": 404}',
            ["Not Found"],
        ),
        (
            "cscart.call_requests.delete request_id=9",
            400,
            b'{"message": "Bad Request: no such", "status": 400}',
            ["Bad Request: no such", "does not know"],
        ),
        ("obzvonilka.users.list", 422, b'{"errors": {"name": "too short"}}', ["422", "name too short"]),
        ("obzvonilka.users.list", 403, b"<html>no</html>", ["Obzvonilka refuses access"]),
    ],
)
def test_an_error_is_one_sentence_with_the_vendors_own_code(
    words: str,
    status: int,
    body: bytes,
    said: list[str],
    recorder: Recorder,
    perezvon_call: Callable[..., Result],
) -> None:
    recorder.status, recorder.body = status, body

    result = perezvon_call(*words.split())

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    for words_ in said:
        assert words_ in result.stderr
    assert len(recorder.sent) == 1


def test_a_vendor_that_is_away(
    recorder: Recorder, perezvon_call: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSCART_URL", "http://127.0.0.1:9")

    result = perezvon_call("cscart.call_requests.list")

    assert result.exit_code == 1
    assert "CS-Cart cannot be reached" in result.stderr
    assert recorder.sent == []


def test_the_answer_is_printed_as_it_came(recorder: Recorder, perezvon_call: Callable[..., Result]) -> None:
    recorder.body = (
        '{"0": {"label": {"label_title": "Срочно \\ud83d", "label_id": "5"}}, "total_count": "1"}'.encode()
    )

    result = perezvon_call("omnidesk.labels.list")

    printed = result.stdout_bytes.decode("utf-8")
    assert printed == f"{json.dumps(json.loads(recorder.body), indent=2, ensure_ascii=False)}\n".replace(
        "\ud83d", "?"
    )
    assert "Срочно" in printed


@pytest.mark.parametrize(
    ("words", "status", "body"),
    [
        ("omnidesk.cases.delete case_id=1", 200, b""),
        ("omnidesk.cases.delete case_id=1", 200, b"HTTP Status: 200 OK"),
        ("cscart.call_requests.delete request_id=1", 204, b""),
    ],
)
def test_nothing_is_printed_for_an_empty_answer(
    words: str, status: int, body: bytes, recorder: Recorder, perezvon_call: Callable[..., Result]
) -> None:
    recorder.status, recorder.body = status, body

    result = perezvon_call(*words.split())

    assert (result.exit_code, result.output) == (0, "")


def test_keys_that_repeat_are_all_printed(recorder: Recorder, perezvon_call: Callable[..., Result]) -> None:
    recorder.body = (
        b'{"staff": {"staff_id": 1, "average_rating": 84%}, "staff": {"staff_id": 2, "average_rating": "-"}}'
    )

    result = perezvon_call(
        "omnidesk.stats.staff_leaderboard", "--query", "from_time=2015-01-01", "--query", "to_time=2015-12-05"
    )

    pairs = json.loads(result.stdout, object_pairs_hook=list)
    assert pairs == [
        ("staff", [("staff_id", 1), ("average_rating", "84%")]),
        ("staff", [("staff_id", 2), ("average_rating", "-")]),
    ]


def test_a_new_users_password_is_dropped(recorder: Recorder, perezvon_call: Callable[..., Result]) -> None:
    recorder.status = 201
    recorder.body = b'{"user": {"user_id": 200, "password": "bsdegs", "more": {"password": "x"}}}'

    result = perezvon_call("omnidesk.users.create", fields={"user_email": "a@b.ru"})

    assert json.loads(result.stdout) == {"user": {"user_id": 200, "more": {}}}


def test_only_the_called_vendors_settings_are_needed(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = tmp_path_factory.mktemp("secrets") / "key"
    key.write_text("from-a-file\n")
    monkeypatch.setenv("OBZVONILKA_URL", f"{recorder.url}/")
    monkeypatch.setenv("OBZVONILKA_API_KEY_FILE", str(key))
    # Somebody else's mistake is not ours.
    monkeypatch.setenv("CSCART_API_KEY_FILE", "/nowhere")
    for name in ("OMNIDESK_URL", "CSCART_URL", "OBZVONILKA_API_KEY", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)

    result = CliRunner().invoke(call, ["obzvonilka.users.list"])

    assert result.exit_code == 0, result.stderr
    assert (recorder.only.path, recorder.only.headers["x-api-key"]) == ("/api/users.json", "from-a-file")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OMNIDESK_URL", "", "OMNIDESK_URL is not set"),
        ("OMNIDESK_URL", "desk.example.ru", "OMNIDESK_URL must be an address"),
        ("OMNIDESK_EMAIL", "", "OMNIDESK_EMAIL is not set"),
        ("OMNIDESK_API_KEY", " ", "OMNIDESK_API_KEY is not set"),
    ],
)
def test_a_setting_that_is_missing_is_named(
    name: str,
    value: str,
    said: str,
    recorder: Recorder,
    perezvon_call: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, value)

    result = perezvon_call("omnidesk.languages.list")

    assert result.exit_code == 2
    assert said in result.stderr
    assert recorder.sent == []
