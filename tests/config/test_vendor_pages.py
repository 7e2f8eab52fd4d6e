"""The vendors' pages: both languages say the same things, and what they name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from service import settings
from service.cli import main
from workers.vendors.registry import OPERATIONS

PAGES = Path(__file__).parents[2] / "docs/vendors"
VENDORS = ("cscart", "omnidesk", "obzvonilka")


def named(page: Path) -> set[str]:
    """What stands in code in the page, apart from addresses, which are in the page's language."""
    text = page.read_text(encoding="utf-8").replace("\n", " ")
    found = {re.sub(r"\s+", " ", one) for one in re.findall(r"`([^`]+)`", text)}
    return {one for one in found if not re.search("[а-яА-Я]|your-shop|NAME|row|URL", one)}


@pytest.mark.parametrize("vendor", VENDORS)
def test_both_languages_name_the_same(vendor: str) -> None:
    english, russian = named(PAGES / f"{vendor}.en.md"), named(PAGES / f"{vendor}.ru.md")
    assert len(english) > 5
    assert english == russian


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.name)
def test_settings_operations_commands_and_pages_that_are_named_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name in re.findall(r"\b(?:OMNIDESK|CSCART|OBZVONILKA)_[A-Z_]+[A-Z]", text):
        assert name in settings.Environment().fields
    for name in re.findall(r"perezvon\s+call\s+([\w.]+\w)", text):
        assert name in OPERATIONS
    for name in set(re.findall(r"`perezvon\s+([a-z-]+)", text)):
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
    for link in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (page.parent / link).exists()
