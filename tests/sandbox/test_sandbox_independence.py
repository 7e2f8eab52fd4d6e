"""The sandbox is written from the documents alone: it shares no code with the client that it tests."""

import ast
from pathlib import Path

import pytest

VENDORS = Path(__file__).parents[2] / "workers" / "vendors"
FOLDERS = ("sandbox", "omnidesk/sandbox", "cscart/sandbox", "obzvonilka/sandbox")
ALLOWED = tuple(f"workers.vendors.{folder.replace('/', '.')}" for folder in FOLDERS)
MODULES = [path for folder in FOLDERS for path in sorted((VENDORS / folder).glob("*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(VENDORS)))
def test_it_imports_nothing_of_ours(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they lead"
            names = [node.module or ""]
        for name in names:
            ours = name.split(".")[0] in ("workers", "service")
            assert not ours or name.startswith(ALLOWED), f"{path.name} imports {name}"
