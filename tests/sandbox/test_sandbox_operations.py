"""All 107 documented operations, each called once as its document describes it, and each leaving its mark."""

from typing import Any

import requests


def ok(answer: requests.Response, status: int = 200) -> Any:
    assert answer.status_code == status, (answer.request.method, answer.request.url, answer.text)
    return answer.json() if answer.content else None


def cases(sandbox: Any) -> None:
    api = sandbox.omnidesk
    case_id = sandbox.open_case(labels=[101], custom_fields={"cf_25": "Чайник"})["case_id"]
    other_id = sandbox.open_case(user_email="maria@example.com")["case_id"]
    assert ok(api.get("/cases.json"))["total_count"] == 2
    assert ok(api.get(f"/cases/{case_id}.json"))["case"]["custom_fields"] == {"cf_25": "Чайник"}
    changed = ok(api.put(f"/cases/{case_id}.json", json={"case": {"status": "closed", "add_labels": [102]}}))
    assert changed["case"]["status"] == "closed"
    assert changed["case"]["labels"] == [101, 102]
    assert ok(api.put(f"/cases/{case_id}/spam.json"))["case"]["spam"] is True
    assert ok(api.put(f"/cases/{case_id}/trash.json"))["case"]["deleted"] is True
    restored = ok(api.put(f"/cases/{case_id}/restore.json"))["case"]
    assert (restored["spam"], restored["deleted"]) == (False, False)

    said = ok(api.post(f"/cases/{case_id}/messages.json", json={"message": {"content": "Да"}}), 201)[
        "message"
    ]
    noted = ok(api.post(f"/cases/{case_id}/note.json", json={"message": {"content": "ок"}}), 201)["message"]
    assert (said["note"], noted["note"]) == (False, True)
    message, note = (
        f"/cases/{case_id}/messages/{said['message_id']}",
        f"/cases/{case_id}/note/{noted['message_id']}",
    )
    assert ok(api.put(f"{message}.json", json={"message": {"content": "Нет"}}))["message"]["content"] == "Нет"
    assert ok(api.put(f"{note}.json", json={"message": {"content": "!"}}))["message"]["content"] == "!"
    assert ok(api.get(f"/cases/{case_id}/messages.json"))["total_count"] == 3
    ok(api.delete(f"{message}.json"))
    ok(api.delete(f"{note}.json"))
    assert ok(api.get(f"/cases/{case_id}/messages.json"))["total_count"] == 1

    ok(api.delete(f"/cases/{other_id}.json"))
    assert api.get(f"/cases/{other_id}.json").status_code == 404


def ideas(sandbox: Any) -> None:
    api = sandbox.omnidesk
    category = ok(api.post("/ideas_category.json", json={"ideas_category": {"category_title": "Сайт"}}), 201)
    category_id = category["ideas_category"]["category_id"]
    path = f"/ideas_category/{category_id}"
    assert ok(api.get("/ideas_category.json"))["0"]["ideas_category"]["category_title"] == "Сайт"
    ok(api.put(f"{path}.json", json={"ideas_category": {"category_title": "Магазин"}}))
    assert ok(api.put(f"{path}/disable.json"))["ideas_category"]["active"] is False
    assert ok(api.put(f"{path}/enable.json"))["ideas_category"]["active"] is True
    assert ok(api.get(f"{path}.json"))["ideas_category"] == {
        "category_id": category_id,
        "category_title": "Магазин",
        "active": True,
    }

    case_id = ok(sandbox.control.post("/cases", json={"channel": "idea", "subject": "Идея"}), 201)["case"][
        "case_id"
    ]
    fields = {"content": "Лучше", "stage": "planned", "category_id": category_id}
    idea = ok(api.put(f"/cases/{case_id}/idea.json", json={"message": fields}))["case"]["idea"]
    assert (idea["content"], idea["stage"], idea["category"]) == ("Лучше", "planned", category_id)
    response = f"/cases/{case_id}/idea_official_response.json"
    answered = ok(api.put(response, json={"message": {"content": "Сделаем"}}))["case"]["idea"]
    assert answered["official_response"] == "Сделаем"
    assert isinstance(answered["official_response_tstamp"], int)
    ok(api.delete(response))
    assert ok(api.get(f"/cases/{case_id}.json"))["case"]["idea"]["official_response"] == ""
    ok(api.delete(f"{path}.json"))
    assert api.get(f"{path}.json").status_code == 404


def settings(sandbox: Any) -> None:
    api = sandbox.omnidesk
    label_id = ok(api.post("/labels.json", json={"label": {"label_title": "новая"}}), 201)["label"][
        "label_id"
    ]
    assert ok(api.put(f"/labels/{label_id}.json", json={"label": {"label_title": "иная"}}))["label"] == {
        "label_id": label_id,
        "label_title": "иная",
    }
    assert ok(api.get("/labels.json"))["total_count"] == 5
    ok(api.delete(f"/labels/{label_id}.json"))
    assert ok(api.get("/labels.json"))["total_count"] == 4
    filters = [item["filter"]["filter_id"] for item in _items(ok(api.get("/filters.json")))]
    assert "unassigned" in filters, "an id may be a word"
    assert 234 in filters, "or a number"
    assert ok(api.get("/custom_fields.json"))["0"]["custom_field"]["field_level"] in ("user", "case")
    assert ok(api.get("/custom_channels.json"))["0"]["custom_channel"]["channel_api_key"] == "cch101"
    assert ok(api.get("/languages.json"))["0"]["language"]["code"] == "RUS"
    assert ok(api.get("/client_emails.json"))["0"]["client_emails"]["email_id"] == 7
    period = {"from_time": "01 Jan 2015 00:00:00 +0300", "to_time": "2030-12-05"}
    for name, root in (("staff", "staff"), ("groups", "group")):
        answer = api.get(f"/stats_lb_{name}.json", params=period)
        assert answer.status_code == 200
        assert answer.text.count(f'"{root}": {{') == 2, "one key, repeated for each row"


def _items(listed: dict[str, Any]) -> list[Any]:
    return [value for key, value in listed.items() if key != "total_count"]


def people(sandbox: Any) -> None:
    api = sandbox.omnidesk
    given = {"user_phone": "+79261234567", "user_full_name": "Иван", "custom_fields": {"cf_23": True}}
    user = ok(api.post("/users.json", json={"user": given}), 201)["user"]
    assert user["password"], "FIELD-NOTES: the reply to a creation holds one"
    path = f"/users/{user['user_id']}"
    assert ok(api.get("/users.json", params={"user_phone": "9261234"}))["total_count"] == 1
    assert "password" not in ok(api.get(f"{path}.json"))["user"]
    assert (
        ok(api.put(f"{path}.json", json={"user": {"user_full_name": "Пётр"}}))["user"]["user_full_name"]
        == "Пётр"
    )
    assert ok(api.put(f"{path}/disable.json"))["user"]["deleted"] is True
    assert ok(api.put(f"{path}/block.json"))["user"]["active"] is False
    restored = ok(api.put(f"{path}/restore.json"))["user"]
    assert (restored["deleted"], restored["active"]) == (False, True)

    given = {"company_name": "Ромашка", "company_domains": "a.ru,b.ru", "company_users": str(user["user_id"])}
    company = ok(api.post("/companies.json", json={"company": given}), 201)["company"]
    path_company = f"/companies/{company['company_id']}"
    listed = ok(api.get("/companies.json", params={"company_name": "ромаш", "amount_of_users": "true"}))
    assert listed["0"]["company"]["amount_of_users"] == 1
    fields = {"add_company_domains": "c.ru", "remove_company_domains": "a.ru"}
    changed = ok(api.put(f"{path_company}.json", json={"company": fields}))["company"]
    assert changed["company_domains"] == "b.ru,c.ru"
    assert ok(api.put(f"{path_company}/disable.json"))["company"]["deleted"] is True
    assert ok(api.put(f"{path_company}/block.json"))["company"]["active"] is False
    assert ok(api.put(f"{path_company}/restore.json"))["company"]["active"] is True
    assert ok(api.get(f"{path_company}.json"))["company"]["company_name"] == "Ромашка"
    ok(api.delete(f"{path_company}.json"))
    ok(api.delete(f"{path}.json"))
    assert api.get(f"{path}.json").status_code == 404


def team(sandbox: Any) -> None:
    api = sandbox.omnidesk
    for root, plural, fields, change in (
        ("group", "groups", {"group_title": "Ночная"}, {"group_title": "Дневная"}),
        ("staff", "staff", {"staff_email": "new@shop.example"}, {"staff_full_name": "Новая"}),
    ):
        row = ok(api.post(f"/{plural}.json", json={root: fields}), 201)[root]
        row_id = row[f"{root}_id"]
        path = f"/{plural}/{row_id}"
        assert ok(api.get(f"/{plural}.json"))["total_count"] == 3
        assert ok(api.put(f"{path}.json", json={root: change}))[root].items() >= change.items()
        assert ok(api.put(f"{path}/enable.json"))[root]["active"] is True
        assert ok(api.put(f"{path}/disable.json"))[root]["active"] is False
        assert ok(api.get(f"{path}.json"))[root]["active"] is False
        ok(api.delete(f"{path}.json"))


def knowledge_base(sandbox: Any) -> None:
    api = sandbox.omnidesk
    for root, id_name, first, fields, query in (
        ("kb_category", "category_id", 234, {"category_title": {"1": "Заказ", "2": "Order"}}, {}),
        ("kb_section", "section_id", 10, {"section_title": "Срок", "category_id": 234}, {"category_id": 234}),
        (
            "kb_article",
            "article_id",
            100,
            {"article_title": "Когда", "article_content": "Завтра", "section_id": "10"},
            {"search": "завтра"},
        ),
    ):
        for expected in (first, first + 1):
            assert ok(api.post(f"/{root}.json", json={root: fields}), 201)[root][id_name] == expected
        second = f"/{root}/{first + 1}"
        assert ok(api.put(f"{second}/moveup.json"))[root][id_name] == first + 1
        assert ok(api.get(f"/{root}.json", params=query))["0"][root][id_name] == first + 1
        ok(api.put(f"{second}/movedown.json"))
        assert ok(api.get(f"/{root}.json", params=query))["0"][root][id_name] == first
        assert ok(api.put(f"{second}/disable.json"))[root]["active"] is False
        assert ok(api.put(f"{second}/enable.json"))[root]["active"] is True
        title = next(iter(fields))
        assert ok(api.put(f"{second}.json", json={root: {title: {"2": "Other"}}}))[root][id_name] == first + 1
        assert ok(api.get(f"{second}.json", params={"language_id": "2"}))[root][title] == "Other"
        ok(api.delete(f"{second}.json"))
        assert api.get(f"{second}.json").status_code == 404


def store(sandbox: Any) -> None:
    api = sandbox.cscart
    request_id = ok(api.post("/call_requests", json={"phone": "+7(999)111-22-33"}), 201)["request_id"]
    assert request_id == "1", "ids are text"
    assert ok(api.get("/call_requests"))["params"]["total_items"] == "1"
    ok(api.put(f"/call_requests/{request_id}", json={"status": "no_answer", "notes": "Не ответил"}))
    assert ok(api.get(f"/call_requests/{request_id}"))["notes"] == "Не ответил"
    ok(api.delete(f"/call_requests/{request_id}"), 204)
    assert api.get(f"/call_requests/{request_id}").status_code == 404


def dialer(sandbox: Any) -> None:
    api = sandbox.obzvonilka
    bases = ok(api.get("/contact_bases.json"))
    assert [base["id"] for base in bases] == [1, 2]
    assert ok(api.get("/contact_bases/1.json"))["deleted"] is False
    form = {"contact[name]": (None, "abc"), "contact[external_code]": (None, "shop1-57")}
    contact = ok(api.post("/contact_bases/1/contacts.json", files=form), 201)
    path = f"/contact_bases/1/contacts/{contact['id']}.json"
    ok(api.patch(path, files={"contact[phone10]": (None, "9876543210")}))
    assert ok(api.get(path))["phone10"] == "9876543210"
    assert ok(api.get("/contact_bases/1/contacts/find_by_external/shop1-57.json"))["id"] == contact["id"]
    assert len(ok(api.get("/contact_bases/1/contacts.json"))) == 1
    assert ok(api.get("/users.json"))[1] == ok(api.get("/users/2.json"))


def test_every_documented_operation_does_its_work(sandbox: Any) -> None:
    for area in (cases, ideas, settings, people, team, knowledge_base, store, dialer):
        area(sandbox)
    done = {entry["operation"] for entry in sandbox.journal() if entry["done"]}
    by_vendor = {
        vendor: sum(name.startswith(vendor) for name in done) for vendor in ("omnidesk", "cscart", "obzv")
    }
    assert by_vendor == {"omnidesk": 93, "cscart": 5, "obzv": 9}
