"""The templates that a text is made of: the shop's own, else the built-in ones of its language.

The built-in sets stand in `templates/*.toml`, in the form that perezvon.toml has them in. A shop's template
that cannot be filled in gives way to the built-in one: a typing error must not cost a customer the call.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Template

from service.config.model import Config, Store
from service.config.templates import ERRORS, KINDS, environment
from service.intake import references

# Its texts are there for every name; what no other language has falls back on it.
FIRST_LANGUAGE = "ru"
BUILT_IN = ("ru", "en")


@dataclass(frozen=True)
class BuiltIn:
    """The built-in texts of one language."""

    templates: Mapping[str, str]
    words: Mapping[str, str]
    labels: Mapping[str, str]
    statuses: Mapping[str, str]


@cache
def built_in(language: str) -> BuiltIn:
    """The texts in that language, or in the first one."""
    name = language if language in BUILT_IN else FIRST_LANGUAGE
    text = resources.files("workers.flows").joinpath(f"templates/{name}.toml").read_text(encoding="utf-8")
    return BuiltIn(**tomllib.loads(text))


def choose(wanted: str, config: Config, store: Store) -> str:
    """The customer's language, such as `en` or `en-GB`, if there are texts in it, else the store's."""
    code = wanted.strip().lower().replace("_", "-").partition("-")[0]
    known = {*BUILT_IN, *config.templates, *store.templates}
    return next((one for one in (code, store.language) if one in known), FIRST_LANGUAGE)


@dataclass(frozen=True)
class Wording:
    """The texts of one store in one language. `complain` is told of a template that could not be used."""

    language: str
    base: str
    """The built-in language of what the shop has not written in `language`."""
    templates: Mapping[str, str]
    complain: Callable[[str], None] = field(default=lambda _: None, compare=False)

    @classmethod
    def of(
        cls, language: str, config: Config, store: Store, complain: Callable[[str], None] = lambda _: None
    ) -> Wording:
        """A store's templates go before the file's; what a third language lacks is in the store's own."""
        if language in BUILT_IN:
            base = language
        else:
            base = store.language if store.language in BUILT_IN else FIRST_LANGUAGE
        own = [
            one[name].texts
            for name in dict.fromkeys((base, language))
            for one in (config.templates, store.templates)
            if name in one
        ]
        return cls(language, base, {name: text for texts in own for name, text in texts.items()}, complain)

    def render(self, name: str, values: Mapping[str, Any]) -> str:
        """The text, without blank lines around it, and with no mark but the one that it is given."""
        return references.defused(
            self._filled_in(name, values), (values.get("reference", ""), values.get("marker", ""))
        )

    def _filled_in(self, name: str, values: Mapping[str, Any]) -> str:
        html = KINDS[name].html
        if source := self.templates.get(name):
            try:
                if text := _compiled(source, html=html).render(values).strip():
                    return text
            except ERRORS as error:
                self.complain(
                    f"The template {name} ({self.language}) could not be filled in"
                    f" ({type(error).__name__}): the built-in one was used."
                )
        return _compiled(self.built_in.templates[name], html=html).render(values).strip()

    @property
    def built_in(self) -> BuiltIn:
        return built_in(self.base)

    def word(self, name: str, **values: str) -> str:
        return self.built_in.words[name].format(**values)

    def label(self, name: str) -> str:
        return self.built_in.labels.get(name, name)

    def status(self, name: str) -> str:
        return self.built_in.statuses.get(name, name)


@cache
def _compiled(source: str, *, html: bool) -> Template:
    return environment(html=html).from_string(source)
