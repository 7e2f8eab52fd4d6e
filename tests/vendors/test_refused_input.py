"""What is wrong with a call is named before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from tests.vendors.recorder import Recorder
from workers.vendors import tables
from workers.vendors.encoding import encode
from workers.vendors.omnidesk.operations import CASES_CREATE, CASES_LIST, STATS_STAFF_LEADERBOARD
from workers.vendors.operation import Input, InvalidInput, Operation
from workers.vendors.registry import OPERATIONS

CASE = {"user_email": "a@b.ru", "subject": "s", "content": "c"}

WRONG_FIELDS = [
    ("omnidesk.cases.create", {**CASE, "user_mail": "a@b.ru"}, ["user_mail", "did you mean user_email?"]),
    ("omnidesk.cases.create", {**CASE, "subject": 5}, ["subject must be a text"]),
    ("omnidesk.cases.create", {**CASE, "subject": " "}, ["subject must not be empty"]),
    ("omnidesk.cases.create", {**CASE, "subject": None}, ["subject must not be null"]),
    ("omnidesk.cases.create", {**CASE, "status": "opened"}, ["status must be one of open, waiting, closed"]),
    ("omnidesk.cases.create", {**CASE, "priority": "urgent"}, ["priority must be one of low, normal"]),
    ("omnidesk.cases.create", {**CASE, "language_id": "russian"}, ["language_id must be a whole number"]),
    ("omnidesk.cases.create", {**CASE, "language_id": True}, ["language_id must be a whole number"]),
    ("omnidesk.cases.create", {**CASE, "user_email": "nobody"}, ["user_email must be an e-mail address"]),
    ("omnidesk.cases.create", {**CASE, "channel": "101"}, ["channel must be a custom channel's id"]),
    ("omnidesk.cases.create", {**CASE, "labels": "101"}, ["labels must be a list"]),
    ("omnidesk.cases.create", {**CASE, "labels": [101, "vip"]}, ["labels.1 must be a whole number"]),
    ("omnidesk.cases.create", {**CASE, "cc_emails": ["a@b.ru"] * 31}, ["cc_emails", "30"]),
    ("omnidesk.cases.create", {**CASE, "custom_fields": {"25": "x"}}, ["custom_fields.25", "cf_25"]),
    ("omnidesk.cases.create", {**CASE, "custom_fields": []}, ["custom_fields must be an object"]),
    ("omnidesk.cases.create", {**CASE, "created_at": "yesterday"}, ["created_at must be YYYY-MM-DD"]),
    ("omnidesk.cases.create", {**CASE, "attachments": ["x"]}, ["attachments takes files"]),
    (
        "omnidesk.cases.create",
        {"subject": "s", "content": "c"},
        ["user_email or user_phone", "user_custom_id"],
    ),
    (
        "omnidesk.cases.create",
        {"user_email": "a@b.ru", "subject": "s"},
        ["content or content_html is missing"],
    ),
    ("omnidesk.cases.create", {"user_email": "a@b.ru", "content": "c"}, ["subject is missing"]),
    ("omnidesk.cases.create", {"case": CASE}, ["case is put around the fields"]),
    ("omnidesk.cases.update", {}, ["give at least one of add_cc_emails"]),
    (
        "omnidesk.messages.create",
        {"content": "c", "do_not_send_email": "yes"},
        ["do_not_send_email must be true"],
    ),
    ("omnidesk.messages.create", {"staff_id": 1}, ["content or content_html is missing"]),
    (
        "omnidesk.companies.create",
        {"company_name": "n", "сompany_users": "1"},
        ["write company_users with Latin"],
    ),
    (
        "omnidesk.companies.update",
        {"add_сompany_users": "1"},
        ["write add_company_users with Latin letters"],
    ),
    ("omnidesk.companies.create", {"company_name": "n", "company_users": "1;2"}, ["ids joined by commas"]),
    ("omnidesk.idea_categories.create", {"category_title": {"1": "x"}}, ["category_title must be a text"]),
    (
        "omnidesk.kb_categories.create",
        {"category_title": {"ru": "x"}},
        ["category_title.ru is not a language"],
    ),
    ("omnidesk.kb_sections.create", {"section_title": "t"}, ["category_id is missing"]),
    ("omnidesk.kb_articles.create", {"access_type": "secret"}, ["access_type", "article_title is missing"]),
    ("omnidesk.cases.get", {"subject": "x"}, ["takes no fields", "subject"]),
    ("cscart.call_requests.create", {"name": "John"}, ["email or phone is missing"]),
    ("cscart.call_requests.create", {"phone": "1", "responsible": 1}, ["responsible is not a field"]),
    (
        "cscart.call_requests.create",
        {"phone": "1", "cart_products": [{"amount": "2", "prise": 1}]},
        ["cart_products.0.prise"],
    ),
    ("cscart.call_requests.update", {"status": "done"}, ["status must be one of new, in_progress"]),
    ("cscart.call_requests.update", {"phone": "1"}, ["phone is not a field here"]),
    ("obzvonilka.contacts.create", {"phone11": "1"}, ["phone11 is not a field here"]),
    ("obzvonilka.contacts.create", {"name": ["x"]}, ["name must be a text"]),
]
PATHS = {
    "omnidesk.cases.update": "case_ids=1",
    "omnidesk.cases.get": "case_id=1",
    "omnidesk.messages.create": "case_id=1",
    "omnidesk.companies.update": "company_id=1",
    "cscart.call_requests.update": "request_id=1",
    "obzvonilka.contacts.create": "base_id=1",
}


@pytest.mark.parametrize(("operation", "fields", "named"), WRONG_FIELDS)
def test_a_wrong_field_is_named_and_nothing_sent(
    operation: str,
    fields: dict[str, Any],
    named: list[str],
    recorder: Recorder,
    perezvon_call: Callable[..., Result],
) -> None:
    _check_refused(
        perezvon_call(operation, *PATHS.get(operation, "").split(), fields=fields), named, recorder
    )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("omnidesk.cases.get", ["case_id is missing"]),
        ("omnidesk.cases.get case_id=", ["case_id is missing"]),
        ("omnidesk.cases.get case_id=abc", ["case_id must be one id"]),
        ("omnidesk.cases.get case_id=1,2", ["case_id must be one id"]),
        ("omnidesk.cases.get case_id=../users/1", ["case_id must be one id"]),
        ("omnidesk.cases.get id=5", ["id is not a parameter"]),
        ("omnidesk.cases.get case_id=1 case_id=2", ["case_id is given twice"]),
        ("omnidesk.cases.get 5", ["does not read name=value"]),
        ("omnidesk.cases.trash case_ids=1,,2", ["case_ids must be an id, or ids joined by commas"]),
        ("omnidesk.cases.list page=2", ["page is not a parameter of its path", "--query page="]),
        ("omnidesk.cases.list --query page=0", ["page must be a whole number from 1 to 500"]),
        ("omnidesk.cases.list --query page=501", ["page must be a whole number from 1 to 500"]),
        ("omnidesk.cases.list --query limit=101", ["limit must be a whole number from 1 to 100"]),
        ("omnidesk.cases.list --query limit", ["does not read name=value"]),
        ("omnidesk.cases.list --query stauts=open", ["stauts", "did you mean status?"]),
        ("omnidesk.cases.list --query status=new", ["status must be one of open"]),
        ("omnidesk.cases.list --query status[]=new", ["status.0 must be one of open"]),
        ("omnidesk.cases.list --query subject=abc", ["subject must have at least 4 characters"]),
        ("omnidesk.cases.list --query user_email=abc", ["user_email must have at least 4 characters"]),
        ("omnidesk.cases.list --query sort=oldest", ["sort must be one of updated_at_desc"]),
        ("omnidesk.cases.list --query channel=pigeon", ["channel must be one of email"]),
        ("omnidesk.cases.list --query custom_fields=5", ["custom_fields must be an object"]),
        ("omnidesk.cases.list --query show_active_chats=1", ["show_active_chats must be true or false"]),
        ("omnidesk.users.list --query user_phone=12", ["user_phone must have at least 3 characters"]),
        ("omnidesk.kb_sections.list", ["category_id is missing"]),
        ("omnidesk.kb_articles.list --query search=ab", ["search must have at least 3 characters"]),
        (
            "omnidesk.kb_categories.list --query language_id=every",
            ["language_id must be a language's id, or all"],
        ),
        ("omnidesk.stats.staff_leaderboard --query from_time=2015-01-01", ["to_time is missing"]),
        ("omnidesk.languages.list --query page=1", ["page is not a field here"]),
        (
            "omnidesk.case.get case_id=1",
            ["no operation omnidesk.case.get", "did you mean omnidesk.cases.get?"],
        ),
        ("omnidesk.users.get user_id=1 --file attachments=README.md", ["attachments takes no files"]),
        ("cscart.call_requests.list --query order_exists=yes", ["order_exists must be one of Y, N"]),
        ("cscart.call_requests.list --query sort_by=colour", ["sort_by must be one of id"]),
        ("obzvonilka.contacts.get base_id=1", ["contact_id is missing"]),
        ("obzvonilka.contacts.create --json {}", ["base_id is missing"]),
        ("obzvonilka.contacts.create base_id=1", ["give at least one of name"]),
        ("omnidesk.labels.create --json {", ["--json is not JSON"]),
        ("omnidesk.labels.create --json []", ["--json must be an object"]),
        ('omnidesk.labels.create --json {"label_title":NaN}', ["NaN"]),
        ("omnidesk.labels.create --json @/nowhere/x.json", ["cannot be read"]),
    ],
)
def test_a_wrong_word_is_named_and_nothing_sent(
    words: str, named: list[str], recorder: Recorder, perezvon_call: Callable[..., Result]
) -> None:
    _check_refused(perezvon_call(*words.split(" ")), named, recorder)


def _check_refused(result: Result, named: list[str], recorder: Recorder) -> None:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    for words in named:
        assert words in result.stderr
    assert recorder.sent == []


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_operation_takes_an_unknown_field(
    name: str, recorder: Recorder, perezvon_call: Callable[..., Result]
) -> None:
    path = [f"{parameter}=1" for parameter in OPERATIONS[name].parameters]

    for extra in (["--query", "xyzzy=1"], ["--json", '{"xyzzy": 1}'], ["xyzzy=1"]):
        result = perezvon_call(name, *path, *extra)
        assert result.exit_code == 2
        assert "xyzzy" in result.stderr

    assert recorder.sent == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["5", "open", "a@b.ru"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["1", "cf_2", "x"]), inner),
    max_leaves=6,
)
EVERY_FIELD = [
    pytest.param(operation, fact.name, id=f"{operation.name}-{fact.name}")
    for operation in OPERATIONS.values()
    for fact in tables.facts(operation.body)
    if operation.name in {"omnidesk.cases.create", "omnidesk.kb_articles.create", "omnidesk.companies.create"}
    or operation.vendor != "omnidesk"
]


@pytest.mark.parametrize(("operation", "field"), EVERY_FIELD)
@settings(max_examples=25, deadline=None)
@given(value=JSON)
def test_any_value_is_either_sent_whole_or_refused_by_name(
    operation: Operation, field: str, value: Any
) -> None:
    """Never an error of ours, and what is sent is what was given."""
    try:
        checked = tables.sent(operation.body).fields[field].deserialize(value)
    except ValidationError as refused:
        assert tables.sentences(refused.messages, (), field)  # noqa: PT017 - which of the two is the point
        return
    assert checked == value
    with encode(operation, Input("/", {}, {field: checked}, {})) as content:
        if not operation.always_form:
            whole = json.loads(content.data)
            assert (whole[operation.root] if operation.root else whole) == {field: value}


@given(st.text(min_size=1).filter(str.strip))
def test_any_external_code_stays_one_segment_of_the_path(code: str) -> None:
    operation = OPERATIONS["obzvonilka.contacts.find_by_external"]
    try:
        path = operation.fill({"base_id": 7, "external_code": code})
    except InvalidInput:
        assert any("\ud800" <= letter <= "\udfff" for letter in code)
        return
    assert path.count("/") == 6
    assert path.count(".") == 1


def test_values_that_the_vendors_take_in_more_than_one_form() -> None:
    checked = CASES_LIST.check(
        query={
            "user_id": [1, "2"],
            "filter": "unassigned",
            "from_time": 1400000000,
            "to_time": "2014-05-05 00:15:17",
            "from_updated_time": "Mon, 05 May 2014 00:15:17 +0300",
            "to_updated_time": datetime(2014, 5, 5, 0, 15, 17, tzinfo=UTC),
            "staff_id": 0,
        }
    )
    assert checked.query["to_updated_time"] == "Mon, 05 May 2014 00:15:17 +0000"
    assert checked.query["user_id"] == [1, "2"]
    assert checked.query["filter"] == "unassigned"
    assert STATS_STAFF_LEADERBOARD.check(query={"from_time": "2015-01-01", "to_time": "2015-12-05"}).query
    assert CASES_CREATE.check(body={**CASE, "case_email_id": "-1"}).body["case_email_id"] == "-1"
    assert OPERATIONS["omnidesk.cases.trash"].fill({"case_ids": [1, "664-245651"]}) == (
        "/api/cases/1,664-245651/trash.json"
    )


def test_a_time_without_a_zone_could_mean_two_moments() -> None:
    with pytest.raises(InvalidInput, match="created_at must be a time with a zone"):
        CASES_CREATE.check(body={**CASE, "created_at": datetime(2026, 1, 1)})  # noqa: DTZ001 - on purpose


def test_a_refusal_does_not_repeat_what_a_customer_is() -> None:
    with pytest.raises(InvalidInput) as refused:
        CASES_CREATE.check(body={**CASE, "user_email": "secret person", "group_id": "+79261234567"})
    assert "secret" not in str(refused.value)
    assert "7926" not in str(refused.value)
