"""What may stand in perezvon.toml: one marshmallow schema for each table, with what an editor shows of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from marshmallow import ValidationError, post_load, validate, validates_schema

from service.config import hours, templates
from service.config.fields import Base, Flag, Id, List, Located, Nested, Number, Table, Whole, Words
from service.config.model import (
    CASE_STATUSES,
    STORE_STATUSES,
    Config,
    Flows,
    Hours,
    Retention,
    Retry,
    Statuses,
    Store,
    Templates,
)
from service.config.words import joined
from service.intake import phones


def about(text: str, **more: Any) -> dict[str, Any]:
    """What an editor shows beside the key."""
    return {"description": text, **more}


def one_of(words: tuple[str, ...]) -> validate.OneOf:
    return validate.OneOf(words, error=f"must be {joined(words)}")


_positive = validate.Range(1, error="must be above 0")
_days = validate.Range(1, 36500, error="must be 1 to 36500 days; leave it out to keep them for ever")
_LANGUAGE = "[a-z]{2}"
_language = validate.Regexp(
    f"^{_LANGUAGE}$", error="must be a language's two small letters, such as ru or en"
)
_company = validate.Regexp(
    r"^(0|[1-9]\d*)$", error="must be a store's company_id, such as 1; 0 is a marketplace itself"
)


class FlowsSchema(Base):
    call_request_created = Flag(metadata=about("A customer asks for a call: dialer, case, the store."))
    call_request_updated = Flag(metadata=about("The request was changed in the store."))
    call_request_deleted = Flag(metadata=about("The request was deleted in the store."))
    call_request_message = Flag(metadata=about("A further message of the customer."))
    message_new = Flag(metadata=about("A staff member's reply in the help desk."))
    case_changed = Flag(metadata=about("A case changed in the help desk (rule webhook)."))
    contact_changed = Flag(metadata=about("A contact changed in the dialer (polled)."))
    call_results = Flag(
        metadata=about("Results of calls, polled from a report that is not in the dialer's own document.")
    )
    reconciliation = Flag(metadata=about("Requests that no hook told of are found in the store's list."))

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Flows:
        return Flows(**data)


class StatusesSchema(Base):
    case_to_store = Table(
        Words(validate=one_of(CASE_STATUSES)),
        Words(validate=one_of(STORE_STATUSES)),
        metadata=about("The help desk's status = the store's. Takes the place of the whole built-in table."),
    )
    store_to_case = Table(
        Words(validate=one_of(STORE_STATUSES)),
        Words(validate=one_of(CASE_STATUSES)),
        metadata=about("The store's status = the help desk's. Takes the place of the whole built-in table."),
    )
    localised = Table(
        Words(),
        Words(validate=one_of(CASE_STATUSES)),
        metadata=about("A rule webhook's label of a status = the status. Added to the built-in labels."),
    )

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Statuses:
        known = Statuses()
        if "localised" in data:
            # Looked up in lower case, as the model says.
            added = {label.strip().lower(): status for label, status in data["localised"].items()}
            data["localised"] = {**known.localised, **added}
        return replace(known, **data)


def _check_template(name: str, source: str) -> None:
    if found := templates.mistakes(name, source):
        raise ValueError(*(Located(one.text, one.line) for one in found))


class _Texts(Base):
    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Templates:
        return Templates(data)


TemplatesSchema = _Texts.from_dict(
    {
        name: Words(
            check=partial(_check_template, name),
            metadata=about(f"{kind.about} Jinja; it has: {', '.join(sorted(kind.sample))}."),
        )
        for name, kind in templates.KINDS.items()
    },
    name="TemplatesSchema",
)


class StoreSchema(Base):
    channel = Words(
        # The channel_api_key and never the numeric id (FIELD-NOTES, custom channel).
        validate=validate.Regexp(r"^cch\d+$", error="must be the channel's cch… id, such as cch101"),
        metadata=about("The custom channel that cases are opened in; without it OMNIDESK_CHANNEL."),
    )
    group_id = Whole(validate=_positive, metadata=about("The help desk's group that gets the cases."))
    labels = List(
        Whole(validate=_positive), metadata=about("Ids of the help desk's labels that each case gets.")
    )
    contact_base = Words(
        validate=validate.Regexp(r"^\d+$", error="must be the contact base's number, in quotes"),
        metadata=about("The dialer's contact base; without it OBZVONILKA_CONTACT_BASE."),
    )
    language = Words(
        validate=_language,
        metadata=about(
            "What customers read, unless they have a language of their own.", default=Store.language
        ),
    )
    staff_language = Words(
        validate=_language,
        metadata=about("What the staff reads in the dialer, the store and notes; without it language."),
    )
    country = Words(
        check=phones.check_country,
        metadata=about("Where a phone without a country code is from, such as RU.", default=Store.country),
    )
    dialer_phones = Words(
        validate=one_of(phones.WRITINGS),
        metadata=about("How the dialer gets phones: +7…, 7… or 8…", default=Store.dialer_phones),
    )
    working_hours = Words(
        check=hours.parse,
        metadata=about('When the shop calls, such as "Mon-Fri 09:00-18:00".', pattern=hours.PATTERN),
    )
    timezone = Words(
        check=hours.check_timezone,
        metadata=about("The time zone of working_hours.", default=Hours.timezone),
    )
    utf8mb4 = Flag(
        metadata=about(
            "Does the store's database keep characters of four bytes, such as emoji?", default=Store.utf8mb4
        )
    )
    join_minutes = Whole(
        validate=validate.Range(0, 1440, error="must be 0 to 1440 minutes"),
        metadata=about(
            "Requests of the same phone within so many minutes are one call; 0: each is one.",
            default=Store.join_minutes,
        ),
    )
    templates = Table(
        Words(validate=_language),
        Nested(TemplatesSchema),
        metadata=about("By language; these go before the file's common ones."),
    )


class RetrySchema(Base):
    base_seconds = Number(
        validate=validate.Range(0.01, 3600, error="must be 0.01 to 3600 seconds"),
        metadata=about("The first wait; doubled with each failure.", default=Retry.base_seconds),
    )
    cap_seconds = Number(
        validate=validate.Range(0.01, 86400, error="must be 0.01 to 86400 seconds"),
        metadata=about("The longest wait.", default=Retry.cap_seconds),
    )
    most_failures = Whole(
        validate=_positive,
        metadata=about("After so many failures the event is given up.", default=Retry.most_failures),
    )

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Retry:
        made = Retry(**data)
        if made.base_seconds > made.cap_seconds:
            named = "base_seconds" if "base_seconds" in data else "cap_seconds"
            raise ValidationError(
                f"makes the first wait ({made.base_seconds:g} s) longer than the longest "
                f"({made.cap_seconds:g} s)",
                named,
            )
        return made


# Not written as a class: a marshmallow schema has an attribute called `unknown` itself.
RetriesSchema = Base.from_dict(
    {
        "transient": Nested(RetrySchema, metadata=about("The vendor did not do it and may do it later.")),
        "unknown": Nested(
            RetrySchema, metadata=about("Sent, and no answer: looked up before it is sent again.")
        ),
    },
    name="RetriesSchema",
)


class RetentionSchema(Base):
    done_days = Whole(validate=_days, metadata=about("Days that done events are kept; without it for ever."))
    dead_days = Whole(validate=_days, metadata=about("Days that dead events are kept; without it for ever."))

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Retention:
        return Retention(**data)


class ConfigSchema(Base):
    """The whole file."""

    flows = Nested(FlowsSchema, metadata=about("Which flows are on."))
    statuses = Nested(StatusesSchema, metadata=about("How the systems' states translate."))
    labels = Table(
        Id(),
        Words(validate=one_of(STORE_STATUSES)),
        metadata=about("A help-desk label's id = the store's status; goes before the case's status."),
    )
    staff = Table(
        Id(),
        Whole(validate=_positive),
        metadata=about("The help desk's staff_id = the store's user_id of the administrator in charge."),
    )
    sent_via_rule = Flag(
        metadata=about("Are replies that a rule of the help desk sent carried too?", default=True)
    )
    default_store = Nested(
        StoreSchema, metadata=about("What holds for stores that do not say it themselves.")
    )
    stores = Table(
        Words(validate=_company),
        Nested(StoreSchema),
        metadata=about("By company_id; what a store leaves out is default_store's."),
    )
    templates = Table(
        Words(validate=_language), Nested(TemplatesSchema), metadata=about("By language, for all stores.")
    )
    retry = Nested(RetriesSchema, metadata=about("How long is waited after a failure, by its class."))
    retention = Nested(RetentionSchema, metadata=about("How long ended events are kept."))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def check_languages(self, data: Any, original: Mapping[str, Any], **_: Any) -> None:
        """A store whose language has no texts would silently speak another one."""
        del data
        common = _table(original, "default_store")
        known = {*templates.BUILT_IN, *_table(original, "templates"), *_table(common, "templates")}
        found: dict[str, Any] = {}
        if said := _without_texts(common, known):
            found["default_store"] = said
        for name in _table(original, "stores"):
            if said := _without_texts(_table(original, "stores", name), known):
                found.setdefault("stores", {})[name] = said
        if found:
            raise ValidationError(found)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Config:
        common = data.pop("default_store", {})
        data["default_store"] = _store(common, {})
        data["stores"] = {
            company_id: _store(common, own) for company_id, own in data.pop("stores", {}).items()
        }
        for name, schedule in data.pop("retry", {}).items():
            data[f"retry_{name}"] = schedule
        return Config(**data)


def _table(given: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The table at the path, or an empty one: what stands there may be anything."""
    for name in path:
        found = given.get(name)
        given = found if isinstance(found, Mapping) else {}
    return given


def _without_texts(store: Mapping[str, Any], known: set[str]) -> dict[str, list[str]]:
    """What is wrong with the store's languages that nobody has written texts in, by their key."""
    given = {key: store[key] for key in ("language", "staff_language") if key in store}
    return {
        key: [f"has no texts: write [templates.{language}], or choose {joined(templates.BUILT_IN)}"]
        for key, language in given.items()
        # Anything else is told by the field.
        if isinstance(language, str)
        and re.fullmatch(_LANGUAGE, language)
        and language not in known
        and language not in _table(store, "templates")
    }


def _store(common: Mapping[str, Any], own: Mapping[str, Any]) -> Store:
    """A store: its own, then the default store's; templates are put together by language and name."""
    given = {**common, **own}
    zone = given.pop("timezone", Hours.timezone)
    if "working_hours" in given:
        given["working_hours"] = hours.parse(given["working_hours"], zone)
    if "labels" in given:
        given["labels"] = tuple(given["labels"])
    both: tuple[Mapping[str, Templates], ...] = (common.get("templates", {}), own.get("templates", {}))
    given["templates"] = {
        language: Templates(
            {name: text for one in both if language in one for name, text in one[language].texts.items()}
        )
        for language in {**both[0], **both[1]}
    }
    return Store(**given)
