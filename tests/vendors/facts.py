"""What each of the 107 calls looks like on the wire, by hand from the documents' headings and curl lines.

The tables of operations are not looked at here: this is the other witness. A fact is
(operation, words on the command line, fields, method, path, query as sent, body as sent); a body is the JSON,
`EMPTY`, or, for a form, the list of its parts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

EMPTY = b""
PERIOD = ("01 Jan 2015 00:00:00 +0300", "05 Dec 2015 00:00:00 +0300")


class Fact(NamedTuple):
    operation: str
    words: str
    fields: Any
    method: str
    path: str
    query: list[tuple[str, str]]
    body: Any


def _fact(
    operation: str, words: str, request: str, body: Any = EMPTY, *, fields: Any = None, query: Any = ()
) -> Fact:
    method, path = request.split()
    return Fact(operation, words, fields, method, path, list(query), body)


def _under(root: str, operation: str, words: str, request: str, fields: Any) -> Fact:
    return _fact(operation, words, request, {root: fields}, fields=fields)


NEW_CASE = {
    "user_email": "user@domain.ru",
    "user_whatsapp_phone": "+79261234567",
    "user_full_name": "User's full name",
    "subject": "I need help",
    "content": "I need help",
    "language_id": 2,
    "custom_fields": {"cf_25": "some text", "cf_30": "another field"},
    "labels": [101, 102],
}
CASE_CHANGES = {
    "subject": "Test subject changed",
    "status": "closed",
    "priority": "critical",
    "language_id": 2,
    "custom_fields": {"cf_25": "some text", "cf_30": "another field"},
    "add_labels": [103, 104],
}
NEW_USER = {
    "user_email": "user@domain.ru",
    "user_whatsapp_phone": "+79261234567",
    "user_full_name": "User's full name",
    "company_name": "User's company name",
    "company_position": "User's position",
    "user_note": "Some note",
    "language_id": 2,
    "custom_fields": {"cf_20": "some data", "cf_23": True},
}
NEW_COMPANY = {
    "company_name": "New Company",
    "company_domains": "company.ru",
    "company_default_group": 492,
    "company_address": "Some address",
    "company_note": "Some note",
    "company_users": "1351,1348,1347",
}
COMPANY_CHANGES = {
    "company_name": "Company's full name changed",
    "company_note": "New note",
    "add_company_domains": "newcompany.ru",
    "remove_company_domains": "company.ru",
    "add_company_users": "1,2",
    "remove_company_users": "3",
}
GROUP = {
    "group_title": "Test group",
    "group_from_name": "Test group from name",
    "group_signature": "Test group signature",
}
STAFF = {
    "staff_email": "staff@domain.ru",
    "staff_full_name": "Staff full name",
    "staff_signature": "Staff signature",
}
SECTION = {
    "section_title": {"1": "Тест 1", "2": "Test section 1"},
    "section_description": {"1": "Тест описание 1", "2": "Test section description 1"},
    "category_id": 1,
}
ARTICLE = {
    "article_title": {"1": "Название статьи", "2": "Test article title"},
    "article_content": {"1": "Содержание статьи", "2": "Test article content"},
    "article_tags": {"1": "тег,тег,тег", "2": "tag,tag,tag"},
    "section_id": 10,
}

CASES = [
    _under("case", "omnidesk.cases.create", "", "POST /api/cases.json", NEW_CASE),
    _fact(
        "omnidesk.cases.list",
        "--query limit=50 --query page=2 --query custom_fields[cf_25][]=data "
        "--query custom_fields[cf_25][]=data_two --query custom_fields[cf_30][]=1 "
        "--query status[]=open --query status[]=closed",
        "GET /api/cases.json",
        query=[
            ("limit", "50"),
            ("page", "2"),
            ("custom_fields[cf_25][]", "data"),
            ("custom_fields[cf_25][]", "data_two"),
            ("custom_fields[cf_30][]", "1"),
            ("status[]", "open"),
            ("status[]", "closed"),
        ],
    ),
    _fact("omnidesk.cases.get", "case_id=2000", "GET /api/cases/2000.json"),
    _under("case", "omnidesk.cases.update", "case_ids=2000", "PUT /api/cases/2000.json", CASE_CHANGES),
    _fact("omnidesk.cases.trash", "case_ids=2000", "PUT /api/cases/2000/trash.json"),
    _fact("omnidesk.cases.spam", "case_ids=2000", "PUT /api/cases/2000/spam.json"),
    _fact("omnidesk.cases.restore", "case_ids=2000", "PUT /api/cases/2000/restore.json"),
    _fact("omnidesk.cases.delete", "case_id=2000", "DELETE /api/cases/2000.json"),
    _fact("omnidesk.messages.list", "case_id=200", "GET /api/cases/200/messages.json"),
    _under(
        "message",
        "omnidesk.messages.create",
        "case_id=200",
        "POST /api/cases/200/messages.json",
        {"content": "I need help", "staff_id": 123},
    ),
    _under(
        "message",
        "omnidesk.messages.update",
        "case_id=200 message_id=2001",
        "PUT /api/cases/200/messages/2001.json",
        {"content": "Edited content"},
    ),
    _fact(
        "omnidesk.messages.delete",
        "case_id=2000 message_id=123456",
        "DELETE /api/cases/2000/messages/123456.json",
    ),
    _under(
        "message",
        "omnidesk.notes.create",
        "case_id=200",
        "POST /api/cases/200/note.json",
        {"content": "I need help", "note_staff_id": 123},
    ),
    _under(
        "message",
        "omnidesk.notes.update",
        "case_id=200 message_id=2001",
        "PUT /api/cases/200/note/2001.json",
        {"content": "Edited content"},
    ),
    _fact(
        "omnidesk.notes.delete", "case_id=2000 message_id=123456", "DELETE /api/cases/2000/note/123456.json"
    ),
    _under(
        "message",
        "omnidesk.ideas.update",
        "case_id=200",
        "PUT /api/cases/200/idea.json",
        {"content": "New content", "stage": "planned", "category_id": 319},
    ),
    _under(
        "message",
        "omnidesk.ideas.set_official_response",
        "case_id=200",
        "PUT /api/cases/200/idea_official_response.json",
        {"content": "New official response"},
    ),
    _fact(
        "omnidesk.ideas.delete_official_response",
        "case_id=2000",
        "DELETE /api/cases/2000/idea_official_response.json",
    ),
    _fact("omnidesk.filters.list", "", "GET /api/filters.json"),
    _under("label", "omnidesk.labels.create", "", "POST /api/labels.json", {"label_title": "Test title"}),
    _fact(
        "omnidesk.labels.list",
        "--query limit=50 --query page=2",
        "GET /api/labels.json",
        query=[("limit", "50"), ("page", "2")],
    ),
    _under(
        "label", "omnidesk.labels.update", "label_id=200", "PUT /api/labels/200.json", {"label_title": "New"}
    ),
    _fact("omnidesk.labels.delete", "label_id=200", "DELETE /api/labels/200.json"),
]

USERS = [
    _under("user", "omnidesk.users.create", "", "POST /api/users.json", NEW_USER),
    _fact(
        "omnidesk.users.list",
        "--query limit=50 --query page=2 --query language_id=2 --query custom_fields[cf_20]=data",
        "GET /api/users.json",
        query=[("limit", "50"), ("page", "2"), ("language_id", "2"), ("custom_fields[cf_20]", "data")],
    ),
    _fact("omnidesk.users.get", "user_id=200", "GET /api/users/200.json"),
    _under(
        "user",
        "omnidesk.users.update",
        "user_id=200",
        "PUT /api/users/200.json",
        {
            "user_full_name": "Changed",
            "language_id": 1,
            "custom_fields": {"cf_20": "some data", "cf_23": True},
        },
    ),
    _fact("omnidesk.users.disable", "user_id=200", "PUT /api/users/200/disable.json"),
    _fact("omnidesk.users.block", "user_id=200", "PUT /api/users/200/block.json"),
    _fact("omnidesk.users.restore", "user_id=200", "PUT /api/users/200/restore.json"),
    _fact("omnidesk.users.delete", "user_id=200", "DELETE /api/users/200.json"),
    _under("company", "omnidesk.companies.create", "", "POST /api/companies.json", NEW_COMPANY),
    _fact(
        "omnidesk.companies.list",
        "--query limit=50 --query page=2 --query amount_of_users=true",
        "GET /api/companies.json",
        query=[("limit", "50"), ("page", "2"), ("amount_of_users", "true")],
    ),
    _fact("omnidesk.companies.get", "company_id=200", "GET /api/companies/200.json"),
    _under(
        "company",
        "omnidesk.companies.update",
        "company_id=200",
        "PUT /api/companies/200.json",
        COMPANY_CHANGES,
    ),
    _fact("omnidesk.companies.disable", "company_id=200", "PUT /api/companies/200/disable.json"),
    _fact("omnidesk.companies.block", "company_id=200", "PUT /api/companies/200/block.json"),
    _fact("omnidesk.companies.restore", "company_id=200", "PUT /api/companies/200/restore.json"),
    _fact("omnidesk.companies.delete", "company_id=200", "DELETE /api/companies/200.json"),
]

TEAM = [
    _under("group", "omnidesk.groups.create", "", "POST /api/groups.json", GROUP),
    _fact("omnidesk.groups.list", "--query page=2", "GET /api/groups.json", query=[("page", "2")]),
    _fact("omnidesk.groups.get", "group_id=200", "GET /api/groups/200.json"),
    _under(
        "group",
        "omnidesk.groups.update",
        "group_id=200",
        "PUT /api/groups/200.json",
        {"group_title": "Test 2"},
    ),
    _under(
        "group",
        "omnidesk.groups.disable",
        "group_id=200",
        "PUT /api/groups/200/disable.json",
        {"replace_group_id": "300"},
    ),
    _fact("omnidesk.groups.enable", "group_id=200", "PUT /api/groups/200/enable.json"),
    _under(
        "group",
        "omnidesk.groups.delete",
        "group_id=200",
        "DELETE /api/groups/200.json",
        {"replace_group_id": 300},
    ),
    _under("staff", "omnidesk.staff.create", "", "POST /api/staff.json", STAFF),
    _fact(
        "omnidesk.staff.list",
        "--query limit=50 --query page=2",
        "GET /api/staff.json",
        query=[("limit", "50"), ("page", "2")],
    ),
    _fact("omnidesk.staff.get", "staff_id=200", "GET /api/staff/200.json"),
    _under(
        "staff",
        "omnidesk.staff.update",
        "staff_id=200",
        "PUT /api/staff/200.json",
        {"staff_full_name": "New"},
    ),
    _under(
        "staff",
        "omnidesk.staff.disable",
        "staff_id=200",
        "PUT /api/staff/200/disable.json",
        {"replace_staff_id": 300},
    ),
    _fact("omnidesk.staff.enable", "staff_id=200", "PUT /api/staff/200/enable.json"),
    _under(
        "staff",
        "omnidesk.staff.delete",
        "staff_id=200",
        "DELETE /api/staff/200.json",
        {"replace_staff_id": 300},
    ),
    _fact("omnidesk.custom_fields.list", "", "GET /api/custom_fields.json"),
    _fact("omnidesk.custom_channels.list", "", "GET /api/custom_channels.json"),
    _fact("omnidesk.languages.list", "", "GET /api/languages.json"),
    _fact("omnidesk.client_emails.list", "", "GET /api/client_emails.json"),
]

KNOWLEDGE = [
    _under(
        "kb_category",
        "omnidesk.kb_categories.create",
        "",
        "POST /api/kb_category.json",
        {"category_title": {"1": "Название категории", "2": "Category name"}},
    ),
    _fact(
        "omnidesk.kb_categories.list",
        "--query limit=50 --query page=2 --query language_id=all",
        "GET /api/kb_category.json",
        query=[("limit", "50"), ("page", "2"), ("language_id", "all")],
    ),
    _fact(
        "omnidesk.kb_categories.get",
        "category_id=234 --query language_id=2",
        "GET /api/kb_category/234.json",
        query=[("language_id", "2")],
    ),
    _under(
        "kb_category",
        "omnidesk.kb_categories.update",
        "category_id=234",
        "PUT /api/kb_category/234.json",
        {"category_title": "Test category 2"},
    ),
    _fact("omnidesk.kb_categories.disable", "category_id=234", "PUT /api/kb_category/234/disable.json"),
    _fact("omnidesk.kb_categories.enable", "category_id=234", "PUT /api/kb_category/234/enable.json"),
    _fact("omnidesk.kb_categories.move_up", "category_id=234", "PUT /api/kb_category/234/moveup.json"),
    _fact("omnidesk.kb_categories.move_down", "category_id=234", "PUT /api/kb_category/234/movedown.json"),
    _fact("omnidesk.kb_categories.delete", "category_id=234", "DELETE /api/kb_category/234.json"),
    _under("kb_section", "omnidesk.kb_sections.create", "", "POST /api/kb_section.json", SECTION),
    _fact(
        "omnidesk.kb_sections.list",
        "--query category_id=1 --query limit=50 --query page=2",
        "GET /api/kb_section.json",
        query=[("category_id", "1"), ("limit", "50"), ("page", "2")],
    ),
    _fact("omnidesk.kb_sections.get", "section_id=10", "GET /api/kb_section/10.json"),
    _under(
        "kb_section", "omnidesk.kb_sections.update", "section_id=10", "PUT /api/kb_section/10.json", SECTION
    ),
    _fact("omnidesk.kb_sections.disable", "section_id=10", "PUT /api/kb_section/10/disable.json"),
    _fact("omnidesk.kb_sections.enable", "section_id=10", "PUT /api/kb_section/10/enable.json"),
    _fact("omnidesk.kb_sections.move_up", "section_id=10", "PUT /api/kb_section/10/moveup.json"),
    _fact("omnidesk.kb_sections.move_down", "section_id=10", "PUT /api/kb_section/10/movedown.json"),
    _fact("omnidesk.kb_sections.delete", "section_id=10", "DELETE /api/kb_section/10.json"),
    _under("kb_article", "omnidesk.kb_articles.create", "", "POST /api/kb_article.json", ARTICLE),
    _fact(
        "omnidesk.kb_articles.list",
        "--query search=dial --query section_id=10",
        "GET /api/kb_article.json",
        query=[("search", "dial"), ("section_id", "10")],
    ),
    _fact("omnidesk.kb_articles.get", "article_id=100", "GET /api/kb_article/100.json"),
    _under(
        "kb_article",
        "omnidesk.kb_articles.update",
        "article_id=100",
        "PUT /api/kb_article/100.json",
        {"article_title": "Test article title 2", "section_id": 20, "access_type": "staff_only"},
    ),
    _fact("omnidesk.kb_articles.disable", "article_id=100", "PUT /api/kb_article/100/disable.json"),
    _fact("omnidesk.kb_articles.enable", "article_id=100", "PUT /api/kb_article/100/enable.json"),
    _fact("omnidesk.kb_articles.move_up", "article_id=100", "PUT /api/kb_article/100/moveup.json"),
    _fact("omnidesk.kb_articles.move_down", "article_id=100", "PUT /api/kb_article/100/movedown.json"),
    _fact("omnidesk.kb_articles.delete", "article_id=100", "DELETE /api/kb_article/100.json"),
]

REPORTS = [
    *(
        _fact(
            f"omnidesk.stats.{name}",
            f"--query 'from_time={PERIOD[0]}' --query 'to_time={PERIOD[1]}'",
            f"GET /api/{path}.json",
            query=[("from_time", PERIOD[0]), ("to_time", PERIOD[1])],
        )
        for name, path in (("staff_leaderboard", "stats_lb_staff"), ("group_leaderboard", "stats_lb_groups"))
    ),
    _under(
        "ideas_category",
        "omnidesk.idea_categories.create",
        "",
        "POST /api/ideas_category.json",
        {"category_title": "Test category"},
    ),
    _fact(
        "omnidesk.idea_categories.list",
        "--query limit=50 --query page=2",
        "GET /api/ideas_category.json",
        query=[("limit", "50"), ("page", "2")],
    ),
    _fact("omnidesk.idea_categories.get", "category_id=234", "GET /api/ideas_category/234.json"),
    _under(
        "ideas_category",
        "omnidesk.idea_categories.update",
        "category_id=234",
        "PUT /api/ideas_category/234.json",
        {"category_title": "Test category 2"},
    ),
    _fact("omnidesk.idea_categories.disable", "category_id=234", "PUT /api/ideas_category/234/disable.json"),
    _fact("omnidesk.idea_categories.enable", "category_id=234", "PUT /api/ideas_category/234/enable.json"),
    _fact("omnidesk.idea_categories.delete", "category_id=234", "DELETE /api/ideas_category/234.json"),
]

NEW_REQUEST = {"phone": "+7(999)111-22-33", "name": "John Doe", "time_from": "9:00", "time_to": "10:00"}
REQUEST_CHANGES = {"status": "no_answer", "notes": "John didn't answer the call"}
STORE = [
    _fact(
        "cscart.call_requests.list",
        "--query page=5 --query items_per_page=20 --query order_exists=N",
        "GET /api/2.0/call_requests",
        query=[("page", "5"), ("items_per_page", "20"), ("order_exists", "N")],
    ),
    _fact("cscart.call_requests.get", "request_id=1", "GET /api/2.0/call_requests/1"),
    _fact("cscart.call_requests.create", "", "POST /api/2.0/call_requests", NEW_REQUEST, fields=NEW_REQUEST),
    _fact(
        "cscart.call_requests.update",
        "request_id=5",
        "PUT /api/2.0/call_requests/5",
        REQUEST_CHANGES,
        fields=REQUEST_CHANGES,
    ),
    _fact("cscart.call_requests.delete", "request_id=5", "DELETE /api/2.0/call_requests/5"),
]

DIALER = [
    _fact("obzvonilka.contact_bases.list", "", "GET /api/contact_bases.json"),
    _fact("obzvonilka.contact_bases.get", "base_id=1", "GET /api/contact_bases/1.json"),
    _fact("obzvonilka.contacts.list", "base_id=1", "GET /api/contact_bases/1/contacts.json"),
    _fact("obzvonilka.contacts.get", "base_id=1 contact_id=22", "GET /api/contact_bases/1/contacts/22.json"),
    _fact(
        "obzvonilka.contacts.find_by_external",
        "base_id=1 external_code=code",
        "GET /api/contact_bases/1/contacts/find_by_external/code.json",
    ),
    _fact(
        "obzvonilka.contacts.create",
        "base_id=1",
        "POST /api/contact_bases/1/contacts.json",
        [
            ("contact[name]", "Лапшина Ирина"),
            ("contact[phone1]", "987654321"),
            ("contact[external_code]", "7"),
        ],
        fields={"name": "Лапшина Ирина", "phone1": "987654321", "external_code": "7"},
    ),
    _fact(
        "obzvonilka.contacts.update",
        "base_id=1 contact_id=22",
        "PATCH /api/contact_bases/1/contacts/22.json",
        [("contact[name]", "abcd"), ("contact[phone1]", "9876543210")],
        fields={"name": "abcd", "phone1": "9876543210"},
    ),
    _fact("obzvonilka.users.list", "", "GET /api/users.json"),
    _fact("obzvonilka.users.get", "user_id=1", "GET /api/users/1.json"),
]

RATING = {"rating": "high", "rating_comment": "Быстро", "rated_staff_id": 193}
NEWER = [
    _under("rate", "omnidesk.cases.rate", "case_id=200", "PUT /api/cases/200/rate.json", RATING),
    _under(
        "rate",
        "omnidesk.messages.rate",
        "case_id=200 message_id=2001",
        "PUT /api/cases/200/rate/2001.json",
        {"rating": "low"},
    ),
    _fact("omnidesk.cases.changelog", "case_id=200", "GET /api/cases/200/changelog.json"),
    _fact("omnidesk.cases.delete_many", "case_ids=1,2", "DELETE /api/cases/1,2.json"),
    _fact(
        "omnidesk.users.link",
        "user_id=200",
        "PUT /api/users/200/link.json",
        {"user_email": "a@b.ru"},
        fields={"user_email": "a@b.ru"},
    ),
    _fact(
        "omnidesk.users.unlink",
        "user_id=200",
        "PUT /api/users/200/unlink.json",
        {"user_id": 201},
        fields={"user_id": 201},
    ),
    _under(
        "user",
        "omnidesk.users.identify",
        "",
        "POST /api/users/identification.json",
        {"user_email": "a@b.ru", "user_full_name": "Иван"},
    ),
    _fact("omnidesk.staff_roles.list", "", "GET /api/staff_roles.json"),
    _fact("omnidesk.staff_statuses.list", "", "GET /api/staff_statuses.json"),
    _fact(
        "omnidesk.stats.leaderboard",
        "--query period=last_24_hours",
        "GET /api/stats_leaderboard.json",
        query=[("period", "last_24_hours")],
    ),
    _fact(
        "omnidesk.stats.satisfaction",
        "--query period=last_24_hours",
        "GET /api/stats_satisfaction.json",
        query=[("period", "last_24_hours")],
    ),
    _fact("omnidesk.macros.list", "", "GET /api/macros.json"),
]
"""In no document: from FIELD-NOTES, newer operations."""

FACTS = [*CASES, *USERS, *TEAM, *KNOWLEDGE, *REPORTS, *STORE, *DIALER]
