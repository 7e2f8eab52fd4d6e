"""Help, listing and completion come from the tables, so they name everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from service.cli.call import call
from service.cli.operations import operations
from tests.vendors.recorder import Recorder
from workers.vendors import tables
from workers.vendors.registry import OPERATIONS

PEREZVON = Path(sys.executable).with_name("perezvon")
DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_help_names_everything_that_an_operation_takes(name: str) -> None:
    operation = OPERATIONS[name]

    result = CliRunner().invoke(call, [name, "--help"], terminal_width=200)

    assert result.exit_code == 0
    assert f"{operation.method} {operation.path}" in result.stdout
    assert operation.about in result.stdout
    text = " ".join(result.stdout.split())
    for table in (operation.path_values, operation.query, operation.body):
        for fact in tables.facts(table):
            required = "; required" if fact.required else ""
            assert f"{fact.name} {fact.type}{required}" in text
    for group in operation.one_of:
        assert f"At least one of: {', '.join(group)}." in text
    assert ("--file" in text) == bool(operation.files)


def test_the_list_and_its_filter() -> None:
    whole = CliRunner().invoke(operations).stdout.splitlines()
    some = CliRunner().invoke(operations, ["find_by"]).stdout.splitlines()
    one = CliRunner().invoke(operations, ["omnidesk.notes.create"]).stdout
    none = CliRunner().invoke(operations, ["nonsense"])

    assert [line.split()[0] for line in whole] == list(OPERATIONS)
    assert [line.split()[0] for line in some] == ["obzvonilka.contacts.find_by_external"]
    for words in (
        "/api/cases/{case_id}/note.json",
        "note[FIELD]",
        "note_group_id",
        "FIELD-NOTES",
        "message_id",
    ):
        assert words in one
    assert (none.exit_code, none.stdout) == (2, "")


def test_the_list_as_json() -> None:
    found = json.loads(CliRunner().invoke(operations, ["--json"]).stdout)

    assert [one["name"] for one in found] == list(OPERATIONS)
    case = next(one for one in found if one["name"] == "omnidesk.cases.create")
    assert case["at_least_one_of"][1] == ["content", "content_html"]
    assert {"name": "status", "type": "one of open, waiting, closed", "required": False, "about": "",
            "choices": ["open", "waiting", "closed"]} in case["fields"]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        ([], "omnidesk.cases.s", ["omnidesk.cases.spam"]),
        (["omnidesk.messages.update"], "", ["case_id=", "message_id="]),
        (["omnidesk.messages.update", "case_id=5"], "", ["message_id="]),
        (["omnidesk.cases.list", "--query"], "sta", ["staff_id=", "status="]),
        (["omnidesk.cases.list", "--query"], "status=", ["status=open", "status=waiting", "status=closed"]),
        (["omnidesk.cases.list", "--query"], "status[]=o", ["status[]=open"]),
        (["omnidesk.notes.create", "--file"], "", ["attachments="]),
    ],
)
def test_completion(words: list[str], incomplete: str, found: list[str]) -> None:
    shell = ShellComplete(call, {}, "perezvon", "_PEREZVON_COMPLETE")
    assert [item.value for item in shell.get_completions(words, incomplete)] == found


def test_the_document_lists_every_operation_as_it_is() -> None:
    fresh = CliRunner().invoke(operations, ["--markdown"]).stdout
    assert fresh in DOCUMENT.read_text(encoding="utf-8"), (
        "put `perezvon operations --markdown` into the document"
    )


def test_the_real_command(recorder: Recorder) -> None:
    recorder.body = '[{"id": 1, "name": "Первая"}]'.encode()
    environment = {
        "PATH": os.environ["PATH"],
        "OBZVONILKA_URL": recorder.url,
        "OBZVONILKA_API_KEY": "key-1",
        # The output is UTF-8 whatever the terminal is said to be.
        "PYTHONIOENCODING": "latin-1",
    }

    fine = _run(["call", "obzvonilka.contact_bases.list"], environment)
    wrong = _run(["call", "obzvonilka.contact_bases.get", "base=1"], environment)
    recorder.status, recorder.body = 404, b'{"error": "no_base"}'
    failed = _run(["call", "obzvonilka.contact_bases.get", "base_id=1"], environment)

    assert (fine.returncode, fine.stderr) == (0, b"")
    assert json.loads(fine.stdout.decode("utf-8")) == [{"id": 1, "name": "Первая"}]
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert b"base is not a parameter" in wrong.stderr
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert b"no_base" in failed.stderr
    assert [sent.path for sent in recorder.sent] == ["/api/contact_bases.json", "/api/contact_bases/1.json"]


def _run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(PEREZVON), *words], env=environment, capture_output=True, check=False, timeout=60
    )


def test_an_editor_knows_what_is_wrong_with_a_call(tmp_path: Path) -> None:
    """What mypy says of calls: missing, extra and mistyped parameters, and the types of what comes back."""
    source = tmp_path / "calls.py"
    source.write_text(
        "from workers.vendors.omnidesk.operations import CASES_CREATE, CASES_GET, CASES_LIST\n"
        "from workers.vendors.operation import Send\n"
        "def calls(send: Send) -> None:\n"
        "    CASES_GET.through(send, path={'case_id': 5})\n"
        "    CASES_GET.through(send, path={'case': 5})\n"
        "    CASES_GET.through(send, path={'case_id': 5}, body={'subject': 'x'})\n"
        "    CASES_CREATE.through(send, body={'subject': 'x', 'status': 'opne'})\n"
        "    CASES_CREATE.through(send, body={'content': 'x'})\n"
        "    for case in CASES_LIST.every(send, query={'status': ['open']}):\n"
        "        reveal_type(case['created_at'])\n",
        encoding="utf-8",
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "mypy", "--config-file", str(root / "pyproject.toml"), str(source)]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=100).stdout

    problems = [line.partition(":")[2] for line in said.splitlines() if "calls.py" in line]
    expected = {
        5: ['Missing key "case_id"', 'Extra key "case"'],
        6: ['Extra key "subject"'],
        7: ["Literal['open', 'waiting', 'closed']"],
        8: ['Missing key "subject"'],
        10: ["datetime"],
    }
    assert len(problems) == sum(map(len, expected.values())), said
    for line, words in expected.items():
        for word in words:
            assert any(problem.startswith(f"{line}:") and word in problem for problem in problems), said
