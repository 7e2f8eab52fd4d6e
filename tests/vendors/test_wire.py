"""Details of the wire that the documents' samples do not show."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.vendors.recorder import Recorder
from workers.vendors.encoding import encode
from workers.vendors.files import LARGEST_FILE, MEGABYTE
from workers.vendors.omnidesk.operations import MESSAGES_CREATE

CASE = {
    "user_email": "user@domain.ru",
    "subject": "I need help",
    "content": "Помогите",
    "language_id": 2,
    "custom_fields": {"cf_44": 3, "cf_45": True},
    "labels": [101, 102],
}


def test_files_make_the_body_a_form(
    recorder: Recorder, perezvon_call: Callable[..., Result], tmp_path: Path
) -> None:
    first, second = tmp_path / "счёт.txt", tmp_path / "two.bin"
    first.write_text("первый", encoding="utf-8")
    second.write_bytes(bytes(range(256)) * 5000)

    result = perezvon_call(
        "omnidesk.cases.create",
        "--file",
        f"attachments={first}",
        "--file",
        f"attachments[]={second}",
        fields=CASE,
    )

    assert result.exit_code == 0, result.stderr
    parts = {part.name: part for part in recorder.only.parts}
    assert list(parts) == [
        "case[attachments][0]",
        "case[attachments][1]",
        "case[user_email]",
        "case[subject]",
        "case[content]",
        "case[language_id]",
        "case[custom_fields][cf_44]",
        "case[custom_fields][cf_45]",
        "case[labels][0]",
        "case[labels][1]",
    ]
    assert parts["case[attachments][0]"].file_name == "счёт.txt"
    assert parts["case[attachments][0]"].content.decode() == "первый"
    assert parts["case[attachments][1]"].content == second.read_bytes()
    assert parts["case[content]"].content.decode() == "Помогите"
    assert parts["case[custom_fields][cf_44]"].content == b"3"
    assert parts["case[custom_fields][cf_45]"].content == b"true"
    assert int(recorder.only.headers["content-length"]) == len(recorder.only.body)


@pytest.mark.parametrize(
    ("operation", "prefix"), [("omnidesk.messages.create", "message"), ("omnidesk.notes.create", "note")]
)
def test_a_note_has_another_prefix_in_a_form_than_root_in_json(
    operation: str, prefix: str, recorder: Recorder, perezvon_call: Callable[..., Result], tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("x")

    result = perezvon_call(operation, "case_id=5", "--file", f"attachments={file}", fields={"content": "c"})

    assert result.exit_code == 0, result.stderr
    assert [part.name for part in recorder.only.parts] == [f"{prefix}[attachments][0]", f"{prefix}[content]"]


def test_a_file_that_is_too_large_is_named_and_not_sent(
    recorder: Recorder, perezvon_call: Callable[..., Result], tmp_path: Path
) -> None:
    largest, above = tmp_path / "largest.bin", tmp_path / "above.bin"
    for path, size in ((largest, LARGEST_FILE), (above, LARGEST_FILE + 1)):
        with path.open("wb") as file:
            file.truncate(size)

    one = perezvon_call("omnidesk.cases.create", "--file", f"attachments={above}", fields=CASE)
    together = perezvon_call(
        "omnidesk.cases.create", *(["--file", f"attachments={largest}"] * 3), fields=CASE
    )
    missing = perezvon_call("omnidesk.cases.create", "--file", f"attachments={tmp_path / 'no'}", fields=CASE)
    folder = perezvon_call("omnidesk.cases.create", "--file", f"attachments={tmp_path}", fields=CASE)

    for result, words in (
        (one, "above.bin"),
        (together, "50 MB"),
        (missing, "no: "),
        (folder, "not a readable"),
    ):
        assert result.exit_code == 2
        assert words in result.stderr
    assert recorder.sent == []

    # Two of the largest are just what the vendor takes together.
    fine = perezvon_call("omnidesk.cases.create", *(["--file", f"attachments={largest}"] * 2), fields=CASE)
    assert fine.exit_code == 0, fine.stderr
    assert len(recorder.only.body) > 50 * MEGABYTE


def test_ids_of_a_bulk_call_are_joined_by_commas_as_they_are(
    recorder: Recorder, perezvon_call: Callable[..., Result]
) -> None:
    recorder.body = b'{"case_success_id": [101]}'

    result = perezvon_call("omnidesk.cases.spam", "case_ids=101,102,103")

    assert recorder.only.path.endswith("/api/cases/101,102,103/spam.json")
    assert json.loads(result.stdout) == {"case_success_id": [101]}


def test_slashes_and_dots_of_an_external_code_are_escaped(
    recorder: Recorder, perezvon_call: Callable[..., Result]
) -> None:
    perezvon_call("obzvonilka.contacts.find_by_external", "base_id=1", "external_code=shop/57.2 я%")

    assert recorder.only.path == (
        "/obzvonilka/desk/api/contact_bases/1/contacts/find_by_external/shop%2F57%2E2%20%D1%8F%25.json"
    )


def test_one_label_is_a_list_of_one(recorder: Recorder, perezvon_call: Callable[..., Result]) -> None:
    words = [
        "--query",
        "labels=101",
        "--query",
        "status=open",
        "--query",
        "status=closed",
        "--query",
        "subject=a&b=c d",
    ]

    assert perezvon_call("omnidesk.cases.list", *words).exit_code == 0

    assert recorder.only.query == [
        ("labels[]", "101"),
        ("status[]", "open"),
        ("status[]", "closed"),
        ("subject", "a&b=c d"),
    ]


@pytest.mark.parametrize(("operation", "parameter"), [("groups", "group_id"), ("staff", "staff_id")])
@pytest.mark.parametrize("action", ["disable", "delete"])
def test_a_successor_may_be_left_out(
    operation: str, parameter: str, action: str, recorder: Recorder, perezvon_call: Callable[..., Result]
) -> None:
    assert perezvon_call(f"omnidesk.{operation}.{action}", f"{parameter}=5").exit_code == 0

    assert recorder.only.body == b""
    assert recorder.only.headers["content-type"] == "application/json"


def test_fields_from_a_file_and_from_stdin(
    recorder: Recorder, perezvon_call: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "fields.json"
    path.write_text('{"label_title": "Срочно"}', encoding="utf-8")

    assert perezvon_call("omnidesk.labels.create", "--json", f"@{path}").exit_code == 0
    assert (
        perezvon_call("omnidesk.labels.create", "--json", "-", input='{"label_title": "Да"}').exit_code == 0
    )

    assert [json.loads(sent.body)["label"]["label_title"] for sent in recorder.sent] == ["Срочно", "Да"]


def test_a_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE)
    given = MESSAGES_CREATE.check(path={"case_id": 1}, body={"content": "c"}, files={"attachments": [path]})

    tracemalloc.start()
    try:
        with encode(MESSAGES_CREATE, given) as content:
            total = 0
            while piece := content.data.read(16384):
                total += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert total == content.data.len > LARGEST_FILE
    assert peak < MEGABYTE
