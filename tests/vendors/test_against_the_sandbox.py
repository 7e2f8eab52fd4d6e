"""A shop's day in all 107 calls: the command line against the sandbox, which shares no code with it.

What one of the two has read wrongly in the documents shows here.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from werkzeug.serving import make_server

from service.cli.call import call
from workers.vendors.registry import OPERATIONS
from workers.vendors.sandbox import SandboxConfig, create_app

Say = Callable[..., Any]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    config = SandboxConfig(quota_limit=10_000, omnidesk_filters_by_custom_id=True)
    server = make_server("127.0.0.1", 0, create_app(config), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    keys = {"omnidesk": config.omnidesk_api_key, "cscart": config.cscart_api_key}
    emails = {"omnidesk": config.omnidesk_email, "cscart": config.cscart_email}
    for vendor in ("omnidesk", "cscart", "obzvonilka"):
        monkeypatch.setenv(f"{vendor}_URL".upper(), f"http://127.0.0.1:{server.server_port}/{vendor}")
        monkeypatch.setenv(f"{vendor}_EMAIL".upper(), emails.get(vendor, ""))
        monkeypatch.setenv(f"{vendor}_API_KEY".upper(), keys.get(vendor, config.obzvonilka_api_key))
    yield
    server.shutdown()
    thread.join()
    server.server_close()


class Story:
    """Calls operations and remembers which; every one of them has to be done."""

    def __init__(self) -> None:
        self.called: set[str] = set()

    def __call__(self, operation: str, *words: str, fields: Any = None) -> Any:
        given = [operation, *words] if fields is None else [operation, *words, "--json", json.dumps(fields)]
        result = CliRunner().invoke(call, given)
        assert result.exit_code == 0, (operation, result.stderr)
        self.called.add(operation)
        return json.loads(result.stdout) if result.stdout else None


@pytest.mark.usefixtures("sandbox")
def test_all_107(tmp_path: Path) -> None:
    say = Story()
    for part in (_references, _team, _companies, _customers, _help_desk, _knowledge, _store, _dialer):
        part(say, tmp_path)
    assert say.called == {name for name, one in OPERATIONS.items() if not one.newer}


@pytest.mark.usefixtures("sandbox")
def test_all_that_is_newer_than_the_document() -> None:
    say = Story()
    new = {"user_email": "i@example.com", "subject": "Чайник", "content": "Когда?"}
    cases = [say("omnidesk.cases.create", fields=new)["case"] for _ in range(3)]
    at = f"case_id={cases[0]['case_id']}"
    rating = {"rating": "high", "rating_comment": "Быстро", "rated_staff_id": 123}
    assert say("omnidesk.cases.rate", at, fields=rating)["case"]["rating"] == "high"
    said = say("omnidesk.messages.create", at, fields={"content": "Сегодня"})["message"]
    rated = say("omnidesk.messages.rate", at, f"message_id={said['message_id']}", fields={"rating": 5})
    assert rated["message"]["rating"] == "5"
    (row,) = say("omnidesk.stats.satisfaction", "--query", "period=last_24_hours").values()
    assert (row["rating"], row["case_id"]) == ("high", cases[0]["case_id"])
    say("omnidesk.cases.update", f"case_ids={cases[0]['case_id']}", fields={"status": "closed"})
    (change,) = say("omnidesk.cases.changelog", at)["changelog"]
    assert (change["event"], change["value"], change["done_by"]) == ("status", "closed", "staff_22")
    gone = [case["case_id"] for case in cases[1:]]
    done = say("omnidesk.cases.delete_many", f"case_ids={gone[0]},{gone[1]}")
    assert done == {"case_success_id": gone}
    user = f"user_id={cases[0]['user_id']}"
    other = say("omnidesk.users.create", fields={"user_phone": "+79261234567"})["user"]["user_id"]
    assert say("omnidesk.users.link", user, fields={"user_id": other})["user"]["linked_users"] == [other]
    assert (
        say("omnidesk.users.unlink", user, fields={"user_phone": "+79261234567"})["user"]["linked_users"]
        == []
    )
    assert say("omnidesk.users.identify", fields={"user_email": "i@example.com"})["code"].endswith("_uv")
    assert say("omnidesk.staff_roles.list")["count"] == 2
    assert say("omnidesk.staff_statuses.list")["0"]["staff_statuses"]["status_id"] == 1
    assert say("omnidesk.stats.leaderboard")["0"]["staff"]["staff_id"] == 22
    assert set(say("omnidesk.macros.list")) == {"common", "personal"}
    assert say("omnidesk.users.update", user, fields={"user_phone": "+79170000000"})["user"]["user_phone"]
    found = say("omnidesk.cases.list", "--query", "user_custom_id=nobody")
    assert found == {"total_count": 0}
    documented = {
        "omnidesk.cases.create", "omnidesk.messages.create", "omnidesk.cases.update", "omnidesk.cases.list",
        "omnidesk.users.create", "omnidesk.users.update",
    }  # fmt: skip
    assert say.called - documented == {name for name, one in OPERATIONS.items() if one.newer}


def _references(say: Say, _: Path) -> None:
    for name in ("filters", "custom_fields", "custom_channels", "languages", "client_emails"):
        assert "0" in say(f"omnidesk.{name}.list")
    label = say("omnidesk.labels.create", fields={"label_title": "Срочно"})["label"]
    at = f"label_id={label['label_id']}"
    assert say("omnidesk.labels.update", at, fields={"label_title": "Ждёт"})["label"]["label_title"] == "Ждёт"
    before = say("omnidesk.labels.list", "--query", "limit=100")["total_count"]
    say("omnidesk.labels.delete", at)
    assert say("omnidesk.labels.list")["total_count"] == before - 1


def _team(say: Say, _: Path) -> None:
    for resource, root, title, value in (
        ("groups", "group", "group_title", "Перезвоны"),
        ("staff", "staff", "staff_email", "new@shop.example"),
    ):
        created = say(f"omnidesk.{resource}.create", fields={title: value})[root]
        at = f"{root}_id={created[f'{root}_id']}"
        assert say(f"omnidesk.{resource}.get", at)[root][title] == value
        say(f"omnidesk.{resource}.update", at, fields={title: f"2{value}"})
        listed = say(f"omnidesk.{resource}.list", "--query", "limit=100")
        heir = {f"replace_{root}_id": listed["0"][root][f"{root}_id"]}
        say(f"omnidesk.{resource}.disable", at, fields=heir)
        say(f"omnidesk.{resource}.enable", at)
        say(f"omnidesk.{resource}.delete", at, fields=heir)
    period = ("--query", "from_time=01 Jan 2015 00:00:00 +0300", "--query", "to_time=2035-12-05 00:00:00")
    assert "staff" in say("omnidesk.stats.staff_leaderboard", *period)
    assert "group" in say("omnidesk.stats.group_leaderboard", *period)


def _companies(say: Say, _: Path) -> None:
    users = [
        say("omnidesk.users.create", fields={"user_email": f"c{n}@example.com"})["user"]["user_id"]
        for n in (1, 2)
    ]
    fields = {"company_name": "Ромашка", "company_domains": "a.ru,b.ru", "company_users": f"{users[0]}"}
    at = f"company_id={say('omnidesk.companies.create', fields=fields)['company']['company_id']}"
    found = say("omnidesk.companies.list", "--query", "company_name=Ромаш", "--query", "amount_of_users=true")
    assert found["0"]["company"]["amount_of_users"] == 1
    say("omnidesk.companies.update", at, fields={"add_company_users": f"{users[1]}", "company_note": "n"})
    assert say("omnidesk.companies.get", at)["company"]["company_note"] == "n"
    assert say("omnidesk.companies.disable", at)["company"]["deleted"] is True
    assert say("omnidesk.companies.restore", at)["company"]["deleted"] is False
    assert say("omnidesk.companies.block", at)["company"]["active"] is False
    say("omnidesk.companies.delete", at)


def _customers(say: Say, _: Path) -> None:
    created = say("omnidesk.users.create", fields={"user_phone": "+79261234567", "user_full_name": "Ирина"})[
        "user"
    ]
    assert "password" not in created
    at = f"user_id={created['user_id']}"
    assert say("omnidesk.users.list", "--query", "user_phone=9261234")["total_count"] == 1
    changed = say("omnidesk.users.update", at, fields={"custom_fields": {"cf_20": "Москва"}})["user"]
    assert changed["custom_fields"]["cf_20"] == "Москва"
    for action, field, value in (
        ("disable", "deleted", True),
        ("restore", "deleted", False),
        ("block", "active", False),
    ):
        assert say(f"omnidesk.users.{action}", at)["user"][field] is value
    assert say("omnidesk.users.get", at)["user"]["active"] is False
    say("omnidesk.users.delete", at)


def _help_desk(say: Say, tmp_path: Path) -> None:
    file = tmp_path / "звонок.txt"
    file.write_text("привет", encoding="utf-8")
    attached = ("--file", f"attachments={file}")
    fields = {
        "user_custom_id": "shop1:req:57",
        "channel": "cch101",
        "subject": "Звонок 57",
        "content": "Алло",
    }
    first = say("omnidesk.cases.create", fields=fields)["case"]
    second = say("omnidesk.cases.create", *attached, fields={**fields, "custom_fields": {"cf_25": "x"}})[
        "case"
    ]
    one, both = f"case_id={first['case_id']}", f"case_ids={first['case_id']},{second['case_id']}"
    found = say(
        "omnidesk.cases.list", "--query", "subject=Звонок", "--query", "status[]=open", "--query", "limit=1"
    )
    assert int(found["total_count"]) == 2
    assert say("omnidesk.cases.get", f"case_id={first['case_number']}")["case"]["case_id"] == first["case_id"]
    ids = [first["case_id"], second["case_id"]]
    assert say("omnidesk.cases.update", both, fields={"priority": "high"})["case_success_id"] == ids
    for action in ("trash", "restore", "spam", "restore"):
        assert say(f"omnidesk.cases.{action}", both)["case_success_id"] == ids

    message = say("omnidesk.messages.create", one, *attached, fields={"content": "Здравствуйте"})["message"]
    assert message["attachments"][0]["file_name"] == "звонок.txt"
    note = say("omnidesk.notes.create", one, *attached, fields={"content": "Перезвонить"})["message"]
    assert note["note"] is True
    for resource, made in (("messages", message), ("notes", note)):
        at = (one, f"message_id={made['message_id']}")
        changed = say(f"omnidesk.{resource}.update", *at, fields={"content": "Иначе"})["message"]
        assert changed["content"] == "Иначе"
        say(f"omnidesk.{resource}.delete", *at)
    say("omnidesk.messages.list", one, "--query", "order=desc", "--query", "limit=100", "--query", "page=1")

    category = say("omnidesk.idea_categories.create", fields={"category_title": "Идеи"})["ideas_category"]
    at_category = f"category_id={category['category_id']}"
    say("omnidesk.idea_categories.update", at_category, fields={"category_title": "Мысли"})
    for action in ("disable", "enable", "get"):
        say(f"omnidesk.idea_categories.{action}", at_category)
    assert say("omnidesk.idea_categories.list", "--query", "page=1")["total_count"] == 1
    idea = _idea(say)
    say("omnidesk.ideas.update", idea, fields={"stage": "planned", "category_id": category["category_id"]})
    answered = say("omnidesk.ideas.set_official_response", idea, fields={"content": "Сделаем"})["case"]
    assert answered["idea"]["official_response"] == "Сделаем"
    say("omnidesk.ideas.delete_official_response", idea)
    say("omnidesk.idea_categories.delete", at_category)
    say("omnidesk.cases.delete", one)


def _idea(say: Say) -> str:
    """A case of the channel `idea`, which customers open by hand and nobody through the API."""
    control = os.environ["OMNIDESK_URL"].removesuffix("/omnidesk") + "/sandbox/cases"
    fields = {"channel": "idea", "subject": "Идея", "content": "c", "user_email": "i@example.com"}
    requests.post(control, json=fields, timeout=10).raise_for_status()
    found = say("omnidesk.cases.list", "--query", "channel=idea", "--query", "limit=1")
    return f"case_id={found['0']['case']['case_id']}"


def _knowledge(say: Say, _: Path) -> None:
    texts = {"1": "Раздел", "2": "Section"}
    parent: dict[str, Any] = {}
    made = {}
    for resource, root, name, more in (
        ("kb_categories", "kb_category", "category", {}),
        ("kb_sections", "kb_section", "section", {"section_description": texts}),
        ("kb_articles", "kb_article", "article", {"article_content": texts, "article_tags": "a,b"}),
    ):
        fields = {f"{name}_title": texts, **more, **parent}
        one = say(f"omnidesk.{resource}.create", fields=fields)[root]
        say(f"omnidesk.{resource}.create", fields=fields)
        at = f"{name}_id={one[f'{name}_id']}"
        shown = say(f"omnidesk.{resource}.get", at, "--query", "language_id=all")[root]
        assert shown[f"{name}_title"] == texts
        say(f"omnidesk.{resource}.update", at, fields={f"{name}_title": "Иначе"})
        inside = [word for key, value in parent.items() for word in ("--query", f"{key}={value}")]
        assert "1" in say(f"omnidesk.{resource}.list", *inside, "--query", "limit=100")
        for action in ("disable", "enable", "move_down", "move_up"):
            assert root in say(f"omnidesk.{resource}.{action}", at)
        made[resource] = at
        parent = {f"{name}_id": one[f"{name}_id"]}
    for resource, at in reversed(made.items()):
        say(f"omnidesk.{resource}.delete", at)


def _store(say: Say, _: Path) -> None:
    products = [{"product_id": 5, "amount": "1", "price": 10.5, "product": "Чай"}]
    fields = {"phone": "+7(999)111-22-33", "name": "Ирина", "time_from": "9:00", "cart_products": products}
    at = f"request_id={say('cscart.call_requests.create', fields=fields)['request_id']}"
    found = say("cscart.call_requests.list", "--query", "status=new", "--query", "sort_by=id")
    assert int(found["params"]["total_items"]) == 1
    say("cscart.call_requests.update", at, fields={"status": "in_progress", "notes": "Case 5"})
    assert say("cscart.call_requests.get", at)["status"] == "in_progress"
    say("cscart.call_requests.delete", at)


def _dialer(say: Say, _: Path) -> None:
    base = f"base_id={say('obzvonilka.contact_bases.list')[0]['id']}"
    assert say("obzvonilka.contact_bases.get", base)["name"]
    fields = {"name": "Лапшина Ирина", "phone1": "+79261234567", "external_code": "shop/1.57"}
    contact = f"contact_id={say('obzvonilka.contacts.create', base, fields=fields)['id']}"
    say(
        "obzvonilka.contacts.update",
        base,
        contact,
        fields={"description": "Дело 5", "phone_remark1": "мобильный"},
    )
    assert say("obzvonilka.contacts.get", base, contact)["description"] == "Дело 5"
    found = say("obzvonilka.contacts.find_by_external", base, "external_code=shop/1.57")
    assert f"contact_id={found['id']}" == contact
    assert len(say("obzvonilka.contacts.list", base)) == 1
    user = say("obzvonilka.users.list")[0]
    assert say("obzvonilka.users.get", f"user_id={user['id']}") == user
