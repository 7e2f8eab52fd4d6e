"""What Omnidesk holds and how it tells: lists and pages, custom ids, many cases at once, cron, languages."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

LOGIN = ("robot@shop.example", "sandbox-omnidesk")


def numbers(answer: Any, root: str, column: str) -> list[int]:
    """A column of a list, in its order; the keys must count from 0."""
    rows = {key: value for key, value in answer.json().items() if key != "total_count"}
    assert list(rows) == [str(index) for index in range(len(rows))]
    return [row[root][column] for row in rows.values()]


def test_the_same_custom_id_is_the_same_user(sandbox: Any) -> None:
    def case(custom_id: str) -> dict[str, Any]:
        opened: dict[str, Any] = sandbox.open_case(
            user_email="shared@example.com", user_custom_id=custom_id, channel="cch101"
        )
        return opened

    first, again, other = case("shop1:req:57"), case("shop1:req:57"), case("shop1:req:58")
    assert first["user_id"] == again["user_id"]
    assert other["user_id"] != first["user_id"], "even with the same e-mail"
    assert first["channel"] == "cch101"
    found = sandbox.omnidesk.get("/users.json", params={"user_custom_id": "shop1:req:58"})
    assert numbers(found, "user", "user_id") == [other["user_id"]]
    nobody = sandbox.omnidesk.get("/users.json", params={"user_custom_id": "shop1:req:5"})
    assert nobody.json() == {"total_count": 0}


def test_a_case_looks_as_in_the_document(sandbox: Any) -> None:
    case = sandbox.open_case(cc_emails=["a@example.com", "b@example.com"])
    names = (
        "case_id case_number subject user_id staff_id group_id status priority channel recipient cc_emails "
        "bcc_emails deleted spam created_at updated_at language_id custom_fields labels "
        "locked_labels closed_at last_response_at"
    )
    assert " ".join(case) == names
    left, _, right = case["case_number"].partition("-")
    assert (len(left), len(right)) == (3, 6)
    assert case["cc_emails"] == "a@example.com,b@example.com"
    assert parsedate_to_datetime(case["created_at"]).utcoffset() is not None
    by_number = sandbox.omnidesk.get(f"/cases/{case['case_number']}.json").json()["case"]
    assert by_number == case, "a case path takes the number too"


@pytest.mark.parametrize(
    "moment", ["2014-05-05 00:15:17", "Mon, 05 May 2014 00:15:17 +0300", 1399238117, "1399238117"]
)
def test_moments_come_in_three_ways_and_leave_in_one(sandbox: Any, moment: str | int) -> None:
    assert sandbox.open_case(created_at=moment)["created_at"] == "Mon, 05 May 2014 00:15:17 +0300"


def test_cases_are_searched(sandbox: Any) -> None:
    api = sandbox.omnidesk
    ids = []
    cases: tuple[dict[str, Any], ...] = (
        {"subject": "Звонок cscart/1/5", "priority": "critical", "labels": [101]},
        {
            "subject": "Звонок cscart/1/57",
            "status": "closed",
            "custom_fields": {"cf_25": "Чайник синий"},
        },
        {
            "subject": "Другое",
            "staff_id": 123,
            "user_phone": "+7 926 123-45-67",
            "custom_fields": {"cf_44": "1"},
        },
    )
    for index, fields in enumerate(cases):
        ids.append(sandbox.open_case(user_email=f"{index}mail@example.com", **fields)["case_id"])

    def found(**query: Any) -> list[int]:
        return sorted(numbers(api.get("/cases.json", params=query), "case", "case_id"))

    assert found(subject="звонок") == ids[:2], "a part of the subject, in any letters"
    assert found(subject="cscart/1/5") == ids[:2], "the search finds longer ones too"
    assert found(subject="cscart/1/5^") == ids[:1], "^ ends the text"
    assert found(subject="^Звонок cscart/1/57^") == ids[1:2]
    assert found(status="closed") == ids[1:2]
    assert found(**{"status[]": ["closed", "open"]}) == ids
    assert found(**{"labels[]": [101]}) == ids[:1]
    assert found(staff_id=0) == ids[:2]
    assert found(filter="unassigned") == ids[:2]
    assert found(user_phone="9261234567") == ids[2:]
    assert found(user_email="^1mail") == ids[1:2]
    assert found(**{"custom_fields[cf_25]": "чайник"}) == ids[1:2]
    assert found(**{"custom_fields[cf_44][]": ["1", "2"]}) == ids[2:]
    assert found(from_time="2030-01-01") == []
    assert numbers(api.get("/cases.json?sort=priority_desc"), "case", "case_id")[0] == ids[0]
    assert numbers(api.get("/cases.json?sort=created_at_asc"), "case", "case_id") == ids


def test_trash_and_spam_lie_under_their_filters(sandbox: Any) -> None:
    api = sandbox.omnidesk
    thrown, spam = (sandbox.open_case()["case_id"] for _ in range(2))
    api.put(f"/cases/{thrown}/trash.json")
    api.put(f"/cases/{spam}/spam.json")
    assert api.get("/cases.json").json() == {"total_count": 0}
    assert numbers(api.get("/cases.json?filter=trash"), "case", "case_id") == [thrown]
    assert numbers(api.get("/cases.json?filter=spam"), "case", "case_id") == [spam]
    assert api.get(f"/cases/{thrown}.json").json()["case"]["deleted"] is True


def test_lists_come_in_pages(sandbox: Any) -> None:
    api = sandbox.omnidesk
    sandbox.control.put("/quota", json={"limit": 10_000})
    for n in range(102):
        api.post("/labels.json", json={"label": {"label_title": f"метка {n}"}})
    first = api.get("/labels.json")
    assert len(numbers(first, "label", "label_id")) == 100, "a hundred without limit"
    assert first.json()["total_count"] == 106
    assert numbers(api.get("/labels.json?page=2"), "label", "label_id") == list(range(201, 207))
    assert numbers(api.get("/labels.json?limit=3&page=2"), "label", "label_id") == [104, 105, 106]
    assert api.get("/labels.json?page=500").json() == {"total_count": 106}


def test_messages_are_the_last_hundred_unless_paged(sandbox: Any) -> None:
    api = sandbox.omnidesk
    sandbox.control.put("/quota", json={"limit": 10_000})
    path = f"/cases/{sandbox.open_case()['case_id']}/messages.json"
    ids = numbers(api.get(path), "message", "message_id")
    for n in range(101):
        sent = api.post(path, json={"message": {"content": f"{n}", "staff_id": 22}}).json()["message"]
        ids.append(sent["message_id"])
    assert numbers(api.get(path), "message", "message_id") == ids[2:]
    assert numbers(api.get(path, params={"limit": 3}), "message", "message_id") == ids[:3]
    assert numbers(api.get(path, params={"page": 2}), "message", "message_id") == ids[100:]
    newest = api.get(path, params={"order": "desc", "limit": 2})
    assert numbers(newest, "message", "message_id") == ids[:-3:-1]
    assert newest.json()["total_count"] == 102


@pytest.mark.parametrize(
    ("look", "body"), [("root", {"case": []}), ("text", ""), ("total_count", {"total_count": 0})]
)
def test_an_empty_list_has_three_looks(make_client: Callable[..., FlaskClient], look: str, body: Any) -> None:
    answer = make_client(omnidesk_empty_list=look).get("/omnidesk/api/cases.json", auth=LOGIN)
    assert (answer.status_code, answer.json) == (200, body)


def test_many_cases_at_once(sandbox: Any) -> None:
    ids = [sandbox.open_case()["case_id"] for _ in range(3)]
    wanted = ",".join(map(str, [*ids, 9999]))
    api = sandbox.omnidesk
    answer = api.put(f"/cases/{wanted}.json", json={"case": {"status": "closed"}})
    assert answer.json() == {"case_success_id": ids}, "the missing one is not among them"
    for action, column, value in (
        ("trash", "deleted", True),
        ("spam", "spam", True),
        ("restore", "deleted", False),
    ):
        assert api.put(f"/cases/{wanted}/{action}.json").json() == {"case_success_id": ids}
        held = sandbox.state()["omnidesk"]["cases"]
        assert [case[column] for case in held] == [value] * 3
        assert [case["status"] for case in held] == ["closed"] * 3
    speeds = [row["case"]["closing_speed"] for row in list(api.get("/cases.json").json().values())[:3]]
    assert speeds == [0, 0, 0]


def test_staff_or_user_speaks(sandbox: Any) -> None:
    case = sandbox.open_case()
    path = f"/cases/{case['case_id']}/messages.json"

    def say(**fields: Any) -> tuple[int, int]:
        answer = sandbox.omnidesk.post(path, json={"message": {"content": "x", **fields}})
        message = answer.json()["message"]
        return message["user_id"], message["staff_id"]

    assert say() == (0, 22), "whose key is used"
    assert say(staff_id=123) == (0, 123)
    assert say(user_id=case["user_id"], staff_id=123) == (case["user_id"], 0), "the user goes first"
    assert sandbox.omnidesk.post(path, json={"message": {"content": "x", "user_id": 9}}).status_code == 404


def test_files_arrive_whole(sandbox: Any) -> None:
    form = {
        "case[user_email]": (None, "ivan@example.com"),
        "case[subject]": (None, "Чек"),
        "case[content]": (None, "во вложении"),
        "case[language_id]": (None, "2"),
        "case[custom_fields][cf_44]": (None, "3"),
        "case[attachments][0]": ("чек.pdf", b"%PDF" * 1000, "application/pdf"),
        "case[attachments][1]": ("b.txt", b"abc", "text/plain"),
    }
    case = sandbox.omnidesk.post("/cases.json", files=form).json()["case"]
    assert (case["language_id"], case["custom_fields"]) == (2, {"cf_44": "3"})
    message = sandbox.omnidesk.get(f"/cases/{case['case_id']}/messages.json").json()["0"]["message"]
    facts = [(file["file_name"], file["file_size"], file["mime_type"]) for file in message["attachments"]]
    assert facts == [("чек.pdf", 4000, "application/pdf"), ("b.txt", 3, "text/plain")]
    seen = sandbox.journal(operation="omnidesk.cases.create")[0]["fields"]["case"]["attachments"]
    assert [file["size"] for file in seen] == [4000, 3]


def test_a_group_in_use_needs_another_and_goes_by_cron(sandbox: Any) -> None:
    api = sandbox.omnidesk
    case_id = sandbox.open_case(group_id=44)["case_id"]
    assert "in use" in api.delete("/groups/44.json").json()["error"]
    assert api.delete("/groups/44.json", json={"group": {"replace_group_id": 44}}).status_code == 400
    # Digits in quotes, as in the document's own sample.
    assert api.delete("/groups/44.json", json={"group": {"replace_group_id": "45"}}).status_code == 200
    assert api.get("/groups/44.json").status_code == 200, "not at once"
    deadline = time.monotonic() + 10
    while api.get("/groups/44.json").status_code != 404:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert api.get(f"/cases/{case_id}.json").json()["case"]["group_id"] == 45


def test_staff_is_replaced_in_open_cases_only_when_disabled(sandbox: Any) -> None:
    api = sandbox.omnidesk
    open_id, closed_id = (sandbox.open_case(staff_id=123, status=s)["case_id"] for s in ("open", "closed"))
    disabled = api.put("/staff/123/disable.json", json={"staff": {"replace_staff_id": 22}}).json()["staff"]
    assert disabled["active"] is False
    deadline = time.monotonic() + 10
    while api.get(f"/cases/{open_id}.json").json()["case"]["staff_id"] != 22:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert api.get(f"/cases/{closed_id}.json").json()["case"]["staff_id"] == 123


def test_texts_in_several_languages(sandbox: Any) -> None:
    api = sandbox.omnidesk
    title = {"1": "Доставка", "2": "Delivery"}
    made = api.post("/kb_category.json", json={"kb_category": {"category_title": title}}).json()[
        "kb_category"
    ]
    assert made["category_title"] == "Доставка", "the main language unless asked otherwise"
    path = f"/kb_category/{made['category_id']}.json"

    def shown(path: str, **query: str) -> Any:
        return api.get(path, params=query).json()

    assert shown(path, language_id="2")["kb_category"]["category_title"] == "Delivery"
    assert shown(path, language_id="all")["kb_category"]["category_title"] == title
    assert shown("/kb_category.json", language_id="all")["0"]["kb_category"]["category_title"] == title
    api.put(path, json={"kb_category": {"category_title": "Срок"}})
    assert shown(path, language_id="all")["kb_category"]["category_title"] == {"1": "Срок", "2": "Delivery"}
    wrong = {"kb_category": {"category_title": {"9": "?"}}}
    assert "unknown language" in api.put(path, json=wrong).json()["error"]


def test_moving_stays_among_siblings_and_deleting_takes_what_is_below(sandbox: Any) -> None:
    api = sandbox.omnidesk
    for title in ("A", "B"):
        api.post("/kb_category.json", json={"kb_category": {"category_title": title}})
    for category_id in (234, 235, 234):
        fields = {"section_title": "S", "category_id": category_id}
        api.post("/kb_section.json", json={"kb_section": fields})
    fields = {"article_title": "T", "article_content": "C", "section_id": 12}
    api.post("/kb_article.json", json={"kb_article": fields})
    api.put("/kb_section/12/moveup.json")
    listed = api.get("/kb_section.json?category_id=234")
    assert numbers(listed, "kb_section", "section_id") == [12, 10]
    api.put("/kb_section/12/moveup.json")
    assert numbers(api.get("/kb_section.json?category_id=234"), "kb_section", "section_id") == [12, 10]
    assert "total_count" not in api.get("/kb_article.json").json(), "as in the document's samples"
    api.delete("/kb_category/234.json")
    assert api.get("/kb_section/12.json").status_code == 404
    assert api.get("/kb_article/100.json").status_code == 404
    assert api.get("/kb_section/11.json").status_code == 200


def test_leaderboards_count_replies(sandbox: Any) -> None:
    case_id = sandbox.open_case(group_id=45)["case_id"]
    for _ in range(2):
        sandbox.omnidesk.post(
            f"/cases/{case_id}/messages.json", json={"message": {"content": "x", "staff_id": 123}}
        )
    period = {"from_time": "2015-01-01", "to_time": "2035-01-01"}
    for name, id_name, winner in (("staff", "staff_id", 123), ("groups", "group_id", 45)):
        answer = sandbox.omnidesk.get(f"/stats_lb_{name}.json", params=period)
        rows = [dict(row) for _, row in answer.json(object_pairs_hook=list)]
        ratings = {row[id_name]: (row["total_amount_of_replies"], row["average_rating"]) for row in rows}
        assert ratings.pop(winner) == (2, "84%")
        assert list(ratings.values()) == [(0, "-")]


def test_both_spellings_of_company_users(sandbox: Any) -> None:
    user_id = sandbox.open_case()["user_id"]
    for name in ("company_users", "сompany_users"):
        fields = {"company_name": f"Компания {name}", name: str(user_id)}
        assert sandbox.omnidesk.post("/companies.json", json={"company": fields}).status_code == 201
        held = sandbox.omnidesk.get(f"/users/{user_id}.json").json()["user"]
        assert held["company_name"] == fields["company_name"]
