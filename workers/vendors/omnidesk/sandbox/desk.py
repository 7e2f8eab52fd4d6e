"""An emulated Omnidesk account: its tables, its first contents, its clockwork."""

import time
from collections.abc import Callable

from workers.vendors.omnidesk.sandbox import moments
from workers.vendors.omnidesk.sandbox.refusal import Refusal, not_found
from workers.vendors.omnidesk.sandbox.tables import Row, Table
from workers.vendors.sandbox.callbacks import Callback
from workers.vendors.sandbox.config import SandboxConfig

OWNER_STAFF_ID = 22
"""The member of staff whose e-mail the API is used with; the only one with full access."""


MAIN_LANGUAGE = "1"

FILTERS: dict[str | int, str] = {
    "unassigned": "Без ответственного",
    "open": "Открытые",
    "waiting": "В ожидании",
    "closed": "Закрытые",
    "spam": "Спам",
    "trash": "Корзина",
    234: "Заявки на звонок",
}
"""The document: a filter's id is a word for those of the vendor, a number for those of the staff."""


class Desk:
    """The account's state. Ids begin where the document's samples do, so that they read alike."""

    def __init__(self, config: SandboxConfig, fire: Callable[[Callback], None]) -> None:
        self.config = config
        self.fire = fire
        self.webhook_url = config.omnidesk_webhook_url
        self.cases = Table("case", "case_id", 2000)
        self.messages: dict[int, Table] = {}
        self.next_message_id = 5001
        self.next_file_id = 345
        self.users = Table("user", "user_id", 123)
        self.users_by_contact: dict[tuple[str, str], int] = {}
        self.companies = Table("company", "company_id", 200)
        self.groups = Table("group", "group_id", 44)
        self.staff = Table("staff", "staff_id", OWNER_STAFF_ID)
        self.labels = Table("label", "label_id", 101)
        self.filters: list[Row] = []
        self.custom_fields = Table("custom_field", "field_id")
        self.custom_channels = Table("custom_channel", "channel_id")
        self.languages = Table("language", "language_id")
        self.client_emails = Table("client_emails", "email_id", 7)
        self.kb_categories = Table("kb_category", "category_id", 234)
        self.kb_sections = Table("kb_section", "section_id", 10)
        self.kb_articles = Table("kb_article", "article_id", 100)
        self.idea_categories = Table("ideas_category", "category_id", 319)
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._fill()

    def _fill(self) -> None:
        """What an account has that the API cannot create, and a little to begin with."""
        born = {"created_at": moments.now(), "updated_at": moments.now()}
        signature = {
            "staff_signature": "",
            "staff_signature_chat": "",
            "thumbnail": "",
            "active": True,
            "status": "online",
            "status_id": 1,
        }
        self.staff.add(
            staff_id=OWNER_STAFF_ID,
            staff_email=self.config.omnidesk_email,
            staff_full_name="Анна Смирнова",
            **signature,
            **born,
        )
        self.staff.add(
            staff_id=123, staff_email="petr@shop.example", staff_full_name="Пётр Иванов", **signature, **born
        )
        for title in ("Общие вопросы", "Звонки"):
            self.groups.add(group_title=title, group_from_name=title, group_signature="", active=True, **born)
        for title in ("звонок", "заказ", "перезвонить", "не дозвонились"):
            self.labels.add(label_title=title)
        number = int("".join(filter(str.isdecimal, self.config.omnidesk_channel)) or 1)
        self.custom_channels.add(
            channel_id=number,
            channel_api_key=self.config.omnidesk_channel,
            title="Заявки на звонок",
            channel_type="async",
            icon="fa-phone",
            active=True,
        )
        for code, title, active in (("RUS", "Русский", True), ("ENG", "English", True)):
            self.languages.add(code=code, title=title, active=active)
        for field_id, title, kind, level in (
            (20, "Город", "text", "user"),
            (23, "Постоянный покупатель", "checkbox", "user"),
            (25, "Товар", "text", "case"),
            (30, "Корзина", "textarea", "case"),
            (44, "Итог звонка", "select", "case"),
        ):
            data = {"1": "Дозвонились", "2": "Занято", "3": "Нет ответа"} if kind == "select" else ""
            self.custom_fields.add(
                field_id=field_id,
                title=title,
                field_type=kind,
                field_level=level,
                active=True,
                field_data=data,
            )
        for filter_id, name in FILTERS.items():
            self.filters.append(
                {
                    "filter_id": filter_id,
                    "filter_name": name,
                    "isSelected": filter_id == "open",
                    "isCustom": isinstance(filter_id, int),
                }
            )
        self.client_emails.add(email="support@shop.example", active=True)
        self.client_emails.add(email="old@shop.example", active=False)

    def find_case(self, id_or_number: str) -> Row | None:
        """A case by its id or its number (FIELD-NOTES, "Newer than the document")."""
        if id_or_number.isdecimal() and len(id_or_number) < 19:
            return self.cases.find(int(id_or_number))
        return next((case for case in self.cases if case["case_number"] == id_or_number), None)

    def case(self, id_or_number: str) -> Row:
        case = self.find_case(id_or_number)
        if case is None:
            raise not_found("case")
        return case

    def staff_by_email(self, email: str) -> Row | None:
        return next((row for row in self.staff if row["staff_email"].lower() == email.lower()), None)

    def custom_field_kinds(self) -> dict[str, str]:
        return {f"cf_{row['field_id']}": row["field_type"] for row in self.custom_fields}

    def channel(self, api_key: str, where: str) -> Row:
        """A custom channel by its `channel_api_key`, never its number (FIELD-NOTES)."""
        found = next((row for row in self.custom_channels if row["channel_api_key"] == api_key), None)
        if found is None or not found["active"]:
            raise Refusal(400, f"{where}: unknown custom channel")
        return found

    def check_active(self, table: Table, row_id: int, where: str) -> int:
        """The document, cases.update: a group and a member of staff must exist and be active."""
        row = table.find(row_id)
        if row is None or not row["active"]:
            raise Refusal(400, f"{where}: must exist and be active")
        return row_id

    def check_language(self, language_id: int, where: str) -> int:
        if language_id not in self.languages:
            raise Refusal(400, f"{where}: unknown language")
        return language_id

    def check_custom_fields(self, values: Row, level: str, where: str) -> Row:
        """Only fields that exist and belong to what is changed."""
        for name in values:
            row = self.custom_fields.find(int(name.removeprefix("cf_")))
            if row is None or row["field_level"] != level:
                raise Refusal(400, f"{where}.custom_fields.{name}: unknown custom field")
        return values

    def check_labels(self, label_ids: list[int], where: str) -> list[int]:
        for label_id in label_ids:
            if label_id not in self.labels:
                raise Refusal(400, f"{where}: unknown label {label_id}")
        return label_ids

    def later(self, work: Callable[[], None]) -> None:
        """The document: replacing a group or a member of staff everywhere is done by cron, not at once."""
        self._later.append((time.monotonic() + self.config.omnidesk_cron_seconds, work))

    def run_cron(self) -> None:
        """Do what is due. Called before every answer, which is as good as a clock that nobody looks at."""
        due = [work for moment, work in self._later if moment <= time.monotonic()]
        self._later = [item for item in self._later if item[0] > time.monotonic()]
        for work in due:
            work()
