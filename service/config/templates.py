"""The templates that a shop may write: their names, what they may use, and how a wrong one is told.

Jinja's sandbox: a template reads what it is given and reaches nothing else. Those in HTML are autoescaped,
for every value is a stranger's text.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Mapping, Sized
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from service.config.words import nearest

BUILT_IN = ("ru", "en")
"""Languages that every template is there in."""

# Of the request, in every template; each with what it may be, to try the template with.
REQUEST: Mapping[str, Any] = {
    "request_id": "57",
    "company_id": "1",
    "name": "Мария Синицына",
    "customer": "Мария Синицына",
    "phone": "+79175550157",
    "email": "maria@customer.example",
    "time_from": "10:00",
    "time_to": "12:00",
    "when": "с 10:00 до 12:00",
    "opens": "завтра в 09:00",
    "product": "Чайник «Уют» 1,7 л",
    "order_id": "1001",
    "cart": [{"product_id": "12", "product": "Чайник «Уют» 1,7 л", "amount": "1", "price": "2490"}],
    "notes": "Позвоните на работу.",
    "status": "new",
    "reference": "[cscart-1-57]",
    "language": "ru",
    "facts": [{"label": "Телефон", "value": "+79175550157"}],
}
# Never empty, whatever a customer leaves out.
_ALWAYS = {"request_id", "company_id", "customer", "reference", "language", "facts", "changes"} | {
    "message_id",
    "marker",
    "case_number",
}
_REPLY: Mapping[str, Any] = {
    "text": "Перезвоним сегодня в 11:30.",
    "message_id": "881",
    "attachments": ["https://desk.example/price.pdf"],
    "marker": "[pz:1f9c03ab]",
}
_CHANGES: Mapping[str, Any] = {"changes": [{"label": "Статус", "value": "выполнена"}]}
_RESULT: Mapping[str, Any] = {
    "result": "Дозвонились",
    "operator": "Олег",
    "called_phone": "+79175550157",
    "remark": "Заказ подтверждён.",
}


@dataclass(frozen=True)
class Kind:
    """One template: what it is for and what it may use besides the request."""

    about: str
    more: Mapping[str, Any]
    html: bool = False
    to_customer: bool = False
    """Is it written in the customer's language? Else in the staff's."""

    @property
    def sample(self) -> dict[str, Any]:
        return {**REQUEST, **self.more}


KINDS: Mapping[str, Kind] = {
    "case_subject": Kind(
        "The case's subject line in the help desk; the reference is put in front.", {}, to_customer=True
    ),
    "case_content": Kind("The case's first message, plain.", {}, to_customer=True),
    "case_content_html": Kind(
        "The case's first message in HTML; values are escaped.", {}, html=True, to_customer=True
    ),
    "case_updated_note": Kind("The note in the case when the request has changed in the store.", _CHANGES),
    "customer_message": Kind(
        "A further message of the customer, in the case.", {"message": "Жду звонка!"}, to_customer=True
    ),
    "contact_changed_note": Kind("The note in the case when the contact has changed.", _CHANGES),
    "call_result_note": Kind("The note in the case that tells how a call went.", _RESULT),
    "store_case_line": Kind(
        "The line in the store's notes that names the case.", {"case_number": "300-200057"}
    ),
    "store_reply": Kind("A staff member's reply in the store's notes.", _REPLY),
    "store_contact_line": Kind("The line in the store's notes when the contact has changed.", _CHANGES),
    "store_call_result": Kind("The line in the store's notes that tells how a call went.", _RESULT),
    "dialer_description": Kind("The contact's description, for whoever dials.", {}),
    "dialer_reply": Kind("A staff member's reply in the contact's description.", _REPLY),
    "dialer_updated": Kind("The line in the contact's description when the request has changed.", _CHANGES),
    "dialer_deleted": Kind("The warning in the contact's description when the request was deleted.", {}),
}


# What a template that cannot be filled in may raise.
ERRORS = (
    TemplateError,
    ArithmeticError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    RecursionError,
    MemoryError,
)
# Characters or items. Far above any text, and far below what holds up a worker.
_LARGEST = 100_000


class _Sandbox(ImmutableSandboxedEnvironment):
    """Where nothing can be made so large that nothing else goes on; a price times an amount is well."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**":
            raise ValueError("** cannot be used in a template")
        for text, times in ((left, right), (right, left)):
            if isinstance(text, Sized) and isinstance(times, int) and len(text) * times > _LARGEST:
                raise ValueError("* makes something too large")
        return super().call_binop(context, operator, left, right)


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a template; `line` counts in the template, from 1."""

    line: int
    text: str


@cache
def environment(*, html: bool, strict: bool = False) -> _Sandbox:
    """Where templates are compiled; `strict` refuses what is not there instead of leaving it empty."""
    # Autoescape off is for plain text, which no browser reads.
    return _Sandbox(autoescape=html, undefined=StrictUndefined if strict else Undefined)


def mistakes(name: str, source: str) -> list[Mistake]:
    """Everything that is wrong with the source of the template `name`."""
    kind = KINDS[name]
    jinja = environment(html=kind.html)
    try:
        tree = jinja.parse(source)
        # Unknown filters and tests are found only here.
        jinja.from_string(source)
    except TemplateSyntaxError as error:
        said = (error.message or "a mistake in it").rstrip(".")
        if match := re.fullmatch(r"No (?:filter|test) named '(\w+)'", said):
            said += nearest(match[1], (*jinja.filters, *jinja.tests))
        return [Mistake(error.lineno, f"cannot be read: {said}")]
    except RecursionError:
        return [Mistake(1, "cannot be read: it is nested too deeply")]
    found = [*_alone(tree), *_unknown(tree, kind)]
    return found or _tried(source, kind)


def _alone(tree: nodes.Template) -> Iterator[Mistake]:
    kinds = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    for node in tree.find_all(kinds):
        yield Mistake(node.lineno, "includes another template; each stands alone here")


def _unknown(tree: nodes.Template, kind: Kind) -> Iterator[Mistake]:
    undeclared = meta.find_undeclared_variables(tree) - set(kind.sample)
    seen = set()
    for node in tree.find_all(nodes.Name):
        # The same name on one line is one mistake.
        if node.name in undeclared and (node.name, node.lineno) not in seen:
            seen.add((node.name, node.lineno))
            near = nearest(node.name, kind.sample)
            known = near or f"; it has {', '.join(sorted(kind.sample))}"
            yield Mistake(node.lineno, f"uses {node.name}, which it is not given{known}")


def _tried(source: str, kind: Kind) -> list[Mistake]:
    """What goes wrong when the template is filled in: with everything there, and with all left empty."""
    empty = {
        name: value if name in _ALWAYS else [] if isinstance(value, list) else ""
        for name, value in kind.sample.items()
    }
    # Strict for the whole sample only: what a template may ask of an empty one is its own business.
    tries = (
        (environment(html=kind.html, strict=True), kind.sample, ""),
        (environment(html=kind.html), empty, ", when the customer has left everything empty"),
    )
    for jinja, sample, when in tries:
        try:
            jinja.from_string(source).render(sample)
        except ERRORS as error:
            said = getattr(error, "message", None) or str(error)
            return [Mistake(_line(error), f"cannot be filled in{when}: {said.rstrip('.')}")]
    return []


def _line(error: BaseException) -> int:
    """Where in the template: Jinja puts the template's lines into the traceback."""
    lines = [
        lineno
        for frame, lineno in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == "<template>"
    ]
    return lines[-1] if lines else 1
