"""What holds for the store that a call request belongs to: where things go, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from service.config.model import Config, Hours, Store
from service.config.templates import KINDS
from service.intake import phones, references
from service.intake.call_request import CREATED
from service.intake.phones import Phones
from service.intake.references import Mark
from service.ledger import record
from service.settings import Settings
from workers.flows import hours, texts, wording
from workers.flows.flow import Flow
from workers.flows.wording import Wording


@dataclass(frozen=True)
class Shop:
    """One store, as one call request meets it."""

    channel: str
    group_id: int | None
    labels: tuple[int, ...]
    contact_base: str
    working_hours: Hours | None
    wording: Wording
    """The staff's: for the dialer, the store's notes and the notes in a case."""
    to_customer: Wording
    """The customer's: for the case and the messages in it."""
    config: Config
    key: str
    """The service's secret, which marks are made with."""
    store: Store

    @property
    def join_minutes(self) -> int:
        """Within how many minutes two requests of a customer are one call."""
        return self.store.join_minutes

    def values(self, flow: Flow, **more: Any) -> dict[str, Any]:
        """What the templates for the staff are given."""
        return self._values(flow, self.wording) | more

    def values_to_customer(self, flow: Flow, **more: Any) -> dict[str, Any]:
        """What the templates for the customer are given."""
        return self._values(flow, self.to_customer) | more

    def _values(self, flow: Flow, words: Wording) -> dict[str, Any]:
        now = datetime.fromtimestamp(flow.event.now / 1000, UTC)
        opens = hours.opens_again(self.working_hours, now)
        return texts.values(flow.subject, flow.data, words, opens, now)

    def phones(self, flow: Flow) -> Phones:
        """The customer's numbers; this and nothing else is what is dialled, compared and told."""
        return phones.read(flow.data.get("phone") or "", self.store.country)

    def phone_warning(self, flow: Flow) -> str:
        """What the staff is told of a request without a number that can be called; "" for another."""
        found = self.phones(flow)
        # A reply, say, does not tell the phone.
        if found.numbers or not flow.data.get("phone_known"):
            return ""
        return self.wording.word("unread_phone" if found.typed else "no_phone")

    def say(self, flow: Flow, template: str, **more: Any) -> str:
        """The text of a template, in the language of those who read it."""
        words = self.to_customer if KINDS[template].to_customer else self.wording
        return words.render(template, self._values(flow, words) | more)

    def event_mark(self, flow: Flow) -> Mark:
        """The mark of what is written for one happening, whichever event of it is worked: a replay, or the
        event of a ledger that was restored since. What a person has corrected is another happening."""
        event = flow.event
        with flow.ledger.read() as session:
            corrected = event.replay_of is not None and record.was_corrected(session, event)
        happening = event.dedupe_key if corrected else event.dedupe_key.partition("/replay/")[0]
        first = event.id if corrected or event.replay_of is None else event.replay_of
        return references.mark(self.key, f"event/{happening}", f"[pz:{first[:8]}]")

    def reply_mark(self, message_id: str) -> Mark:
        """The mark of a staff member's reply, by whichever event it comes."""
        return references.mark(self.key, f"reply/{message_id}", f"[#{message_id}]")

    def case_mark(self, case_number: str) -> Mark:
        """The mark of the line that names the case."""
        return references.mark(self.key, f"case/{case_number}", case_number)

    def joined_mark(self, flow: Flow) -> Mark:
        """The mark of a request that joined an earlier one, wherever it is told of."""
        text = references.mark(self.key, f"joined/{flow.subject}", "").text
        return Mark(text, text)

    def deletion_mark(self, flow: Flow) -> Mark:
        """The mark of the warning: a store that tells twice of a deletion is told of once."""
        return references.mark(self.key, f"deleted/{flow.subject}", "[pz:deleted]")


def channel_of(subject: str, settings: Settings) -> str:
    """The channel that cases of the subject's store are opened in."""
    company_id, _ = references.split(subject) or ("", "")
    return settings.config.store(company_id).channel or settings.omnidesk.channel


def of(flow: Flow, settings: Settings) -> Shop:
    """The store of the flow's subject. The customer's language is the store's unless a row has told it."""
    config = settings.config
    company_id, _ = references.split(flow.subject) or ("", "")
    store = config.store(company_id)
    wanted = flow.data.get("lang_code") or ""
    if not wanted and flow.event.type != CREATED:
        wanted = flow.known("cscart").get("language", "")
    to_customer = wording.choose(wanted, config, store)
    to_staff = wording.choose(store.staff_language or store.language, config, store)
    return Shop(
        channel=channel_of(flow.subject, settings),
        group_id=store.group_id,
        labels=store.labels,
        contact_base=store.contact_base or settings.obzvonilka.contact_base,
        working_hours=store.working_hours,
        wording=Wording.of(to_staff, config, store, flow.remark),
        to_customer=Wording.of(to_customer, config, store, flow.remark),
        config=config,
        key=settings.secret_key,
        store=store,
    )
