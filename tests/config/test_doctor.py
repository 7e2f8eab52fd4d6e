"""`perezvon doctor`: one line each, exit status 1 when anything failed, and never a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from service.ledger import events
from service.ledger.database import Ledger
from service.ledger.events import NewEvent
from service.ledger.tables import Attempt, Event
from service.settings.model import database_url
from tests.config.conftest import Command
from tests.servers import run_redis
from tests.stack import CSCART_TOKEN, OMNIDESK_TOKEN, Sandbox

HOST = "https://perezvon.example"
HOOK = f"{HOST}/webhooks/omnidesk/channel/{OMNIDESK_TOKEN}"
# pytest's own folders are of no interest, and a service at this address is not what is tested.
CLOSED = "http://127.0.0.1:9"


def lines(text: str, state: str) -> list[str]:
    """What is said of the things in that state."""
    return [line.removeprefix(state).strip() for line in text.splitlines() if line.startswith(state)]


def one(text: str, state: str, what: str) -> str:
    (found,) = [line for line in lines(text, state) if line.startswith(what)]
    return found


def test_all_is_well(wired: Command, sandbox: Sandbox) -> None:
    sandbox.put("/sandbox/hooks", {"omnidesk_webhook_url": HOOK})
    with run_redis() as redis_url:
        result = wired("doctor", "--url", f"{HOST}/", REDIS_URL=redis_url)
    assert result.exit_code == 0, result.output
    assert not lines(result.output, "failed")
    for what in (
        "settings", "perezvon.toml", "ledger", "Redis", "Omnidesk cases", "Omnidesk cch101 webhook",
        "CS-Cart call requests", "Obzvonilka base 1",
    ):  # fmt: skip
        assert one(result.output, "ok", f"{what} ")
    assert "of 500 calls left" in one(result.output, "ok", "Omnidesk quota")


def test_it_only_reads_and_never_shows_a_secret(wired: Command, sandbox: Sandbox) -> None:
    sandbox.put("/sandbox/hooks", {"omnidesk_webhook_url": HOOK})
    output = wired("doctor", "--url", HOST).output + wired("doctor", "--url", CLOSED).output
    calls = sandbox.calls()
    assert len(calls) > 6
    assert {call["method"] for call in calls} == {"GET"}
    secrets = [value for name, value in wired.environ.items() if name.endswith(("KEY", "TOKEN", "SECRET"))]
    assert len(secrets) == 7
    assert not [secret for secret in secrets if secret in output]


@pytest.mark.parametrize("vendor", ["OMNIDESK", "CSCART", "OBZVONILKA"])
def test_a_wrong_key_is_told_with_its_setting(wired: Command, vendor: str) -> None:
    result = wired("doctor", **{f"{vendor}_API_KEY": "wrong"})
    assert result.exit_code == 1
    (said,) = [line for line in lines(result.output, "failed") if "webhook" not in line]
    assert "401" in said
    assert f"{vendor}_API_KEY" in said


@pytest.mark.parametrize(
    ("operation", "status", "said"),
    [
        ("omnidesk.custom_channels.list", 403, "OMNIDESK_EMAIL"),
        ("omnidesk.custom_channels.list", 404, "Check OMNIDESK_URL"),
        ("cscart.call_requests.list", 403, "view_call_requests"),
        ("cscart.call_requests.list", 404, "Enable the add-on Call requests"),
        ("obzvonilka.contact_bases.list", 403, "may not do this"),
        ("obzvonilka.contact_bases.list", 404, "Check OBZVONILKA_URL"),
        ("obzvonilka.contact_bases.list", 503, "not able to answer now"),
        ("cscart.call_requests.list", 429, "the key is good"),
    ],
)
def test_what_a_refusal_means_is_said(
    wired: Command, sandbox: Sandbox, operation: str, status: int, said: str
) -> None:
    fault = sandbox.fault(kind="status", operation=operation, status=status)
    result = wired("doctor")
    found = [line for line in lines(result.output, "failed") if said in line]
    assert result.exit_code == 1
    assert len(found) == 1, result.output
    assert sandbox.fired(fault)


def test_a_vendor_that_is_away_holds_up_no_other(wired: Command) -> None:
    result = wired("doctor", CSCART_URL=CLOSED)
    assert "cannot be reached" in one(result.output, "failed", "CS-Cart")
    assert "CSCART_URL" in one(result.output, "failed", "CS-Cart")
    assert one(result.output, "ok", "Obzvonilka base 1")


def test_missing_settings_are_named_and_the_other_vendors_asked(wired: Command) -> None:
    result = wired("doctor", OMNIDESK_API_KEY="", OMNIDESK_URL="", CSCART_EMAIL="")
    assert result.exit_code == 1
    wrong = [line for line in lines(result.output, "failed") if line.startswith("settings")]
    assert [line.split()[1] for line in wrong] == ["CSCART_EMAIL", "OMNIDESK_API_KEY", "OMNIDESK_URL"]
    assert "not asked" in one(result.output, "hint", "Omnidesk ")
    assert one(result.output, "ok", "Obzvonilka base 1")


def test_without_the_channel_or_the_base_the_rest_is_looked_at(wired: Command) -> None:
    result = wired("doctor", OMNIDESK_CHANNEL="", OBZVONILKA_CONTACT_BASE="", CSCART_WEBHOOK_TOKEN="")
    assert "OMNIDESK_CHANNEL is not set" in result.output
    assert one(result.output, "ok", "Omnidesk cases")
    assert "CSCART_WEBHOOK_TOKEN is not set: only signed" in one(result.output, "hint", "CS-Cart hook")


@pytest.mark.parametrize(
    ("address", "url", "state", "said"),
    [
        (None, HOST, "failed", "none is set, so staff replies do not come; put https://perezvon.example/"),
        ("https://other.example/x", HOST, "failed", "it is an address at other.example without"),
        (HOOK[:-1], HOST, "failed", "its token is not OMNIDESK_WEBHOOK_TOKEN"),
        (HOOK, "https://other.example", "failed", "it points at https://perezvon.example and not at"),
        (HOOK, None, "hint", "give --url"),
        (HOOK, HOST, "ok", "it points at https://perezvon.example"),
    ],
)
def test_the_channels_webhook(
    wired: Command, sandbox: Sandbox, address: str | None, url: str | None, state: str, said: str
) -> None:
    sandbox.put("/sandbox/hooks", {"omnidesk_webhook_url": address})
    result = wired("doctor", *(("--url", url) if url else ()))
    assert said in one(result.output, state, "Omnidesk cch101 webhook")
    assert result.exit_code == (1 if state == "failed" else 0)


def test_what_the_file_names_at_the_vendors_must_be_there(wired: Command) -> None:
    path = wired.file(
        '[labels]\n987654 = "no_answer"\n[staff]\n876543 = 1\n'
        '[stores.2]\nchannel = "cch999"\ncontact_base = "77"\ngroup_id = 765432\n'
    )
    result = wired("doctor", PEREZVON_CONFIG=str(path))
    assert "stores.2.channel: there is no custom channel" in one(result.output, "failed", "Omnidesk cch999")
    assert "stores.2.contact_base: there is no such" in one(result.output, "failed", "Obzvonilka base 77")
    assert "names 987654" in one(result.output, "failed", "Omnidesk labels")
    assert "names 876543" in one(result.output, "failed", "Omnidesk staff")
    assert "names 765432" in one(result.output, "failed", "Omnidesk groups")


def test_a_deleted_contact_base_is_told(wired: Command) -> None:
    result = wired("doctor", OBZVONILKA_CONTACT_BASE="2")
    assert "the contact base is deleted" in one(result.output, "failed", "Obzvonilka base 2")


def test_mistakes_in_the_file_are_told(wired: Command) -> None:
    path = wired.file("chanel = 1\n[flows]\nmessage = true\n")
    result = wired("doctor", PEREZVON_CONFIG=str(path))
    assert len([line for line in lines(result.output, "failed") if line.startswith("perezvon.toml")]) == 2


def test_a_ledger_that_is_not_there_is_told_and_not_made(perezvon: Command) -> None:
    result = perezvon("doctor")
    assert "run `perezvon migrate`" in one(result.output, "failed", "ledger")
    assert not (perezvon.folder / "var").exists()


def test_a_ledger_or_redis_that_is_away_is_told(perezvon: Command) -> None:
    result = perezvon(
        "doctor", DATABASE_URL="postgresql://u:secretword@127.0.0.1:9/d", REDIS_URL="redis://127.0.0.1:9"
    )
    assert "cannot be opened" in one(result.output, "failed", "ledger")
    assert "check REDIS_URL" in one(result.output, "failed", "Redis")
    assert "secretword" not in result.output


def test_only_perezvon_up_does_without_a_secret_key(perezvon: Command) -> None:
    assert "SECRET_KEY" in one(perezvon("doctor", SECRET_KEY="").output, "hint", "settings")
    apart = perezvon("doctor", SECRET_KEY="", REDIS_URL="redis://127.0.0.1:9").output
    assert "SECRET_KEY is not set" in one(apart, "failed", "settings")


def test_an_address_that_is_none_is_refused(perezvon: Command) -> None:
    result = perezvon("doctor", "--url", "perezvon.example")
    assert result.exit_code == 2
    assert "must be an address" in result.output
    assert CSCART_TOKEN not in result.output


def test_a_page_in_front_of_a_vendor_is_not_the_key(wired: Command, sandbox: Sandbox) -> None:
    sandbox.fault(kind="html", operation="cscart.call_requests.list", status=403)
    (said,) = [line for line in lines(wired("doctor").output, "failed") if line.startswith("CS-Cart")]
    assert "protection page in front of CS-Cart" in said
    assert "Let this server's address through" in said
    assert "view_call_requests" not in said


def test_notices_are_told(wired: Command, sandbox: Sandbox) -> None:
    sandbox.fault(kind="notices", operation="cscart.call_requests.list")
    output = wired("doctor").output
    assert "PHP notices" in one(output, "hint", "CS-Cart answers")
    assert one(output, "ok", "CS-Cart call requests")


def test_whether_notes_are_taken_is_told(wired: Command) -> None:
    assert "JSON root message" in one(wired("doctor").output, "hint", "Omnidesk notes")
    for outcome, state in (("ok", "ok"), ("rejected", "hint")):
        _note(wired, outcome)
        said = one(wired("doctor").output, state, "Omnidesk notes")
        assert ("NOTE_ROOT" in said) == (outcome != "ok")


def _note(wired: Command, outcome: str) -> None:
    """A note was written, with that outcome."""
    ledger = Ledger(database_url(wired.environ.get("DATABASE_URL"), Path(wired.environ["PEREZVON_VAR"])))
    with ledger.write() as session:
        event = NewEvent(source="x", type="x", subject="x", dedupe_key=outcome, data={}, raw=b"{}")
        events.record(session, event)
        seq = session.scalars(select(Event.seq).order_by(Event.seq.desc())).first()
        session.add(
            Attempt(
                event_seq=seq,
                step="s",
                vendor="omnidesk",
                operation="omnidesk.notes.create",
                repeatable=False,
                started_at=1,
                ended_at=2,
                outcome=outcome,
                message="content is missing",
            )
        )
    ledger.close()
