"""The templates: every one has a built-in text, and none of these has a mistake."""

from __future__ import annotations

import pytest

from service.config import templates
from service.config.templates import KINDS
from workers.flows.wording import BUILT_IN, built_in


@pytest.mark.parametrize("language", BUILT_IN)
def test_the_built_in_templates_are_those_that_a_file_may_name(language: str) -> None:
    assert set(built_in(language).templates) == set(KINDS)


@pytest.mark.parametrize("language", BUILT_IN)
@pytest.mark.parametrize("name", KINDS)
def test_a_built_in_template_has_no_mistake(language: str, name: str) -> None:
    assert templates.mistakes(name, built_in(language).templates[name]) == []


def test_the_languages_that_a_store_may_choose_are_those_that_are_built_in() -> None:
    assert templates.BUILT_IN == BUILT_IN


@pytest.mark.parametrize(
    "source",
    [
        "{{ 10 ** 1000000000 }}",
        "{{ 'x' * 10000000000 }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    ],
)
def test_a_template_that_would_never_end_is_a_mistake_like_any_other(source: str) -> None:
    (mistake,) = templates.mistakes("case_subject", source)
    assert mistake.text.startswith("cannot be")


def test_prices_may_be_multiplied() -> None:
    source = "{% for one in cart %}{{ one.price|int * one.amount|int * 100 }}{% endfor %}"
    assert templates.mistakes("case_subject", source) == []


def test_what_a_stranger_wrote_is_escaped_in_html_only() -> None:
    source, values = "{{ name }}", {"name": "<b>&"}
    assert templates.environment(html=True).from_string(source).render(values) == "&lt;b&gt;&amp;"
    assert templates.environment(html=False).from_string(source).render(values) == "<b>&"
