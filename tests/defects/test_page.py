"""The page of defects lists exactly what the tests beside this file show."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
FILES = sorted(path for path in HERE.glob("test_*.py") if path.name != Path(__file__).name)


def functions_of(path: Path) -> list[str]:
    """Names of a file's test functions, in order."""
    return [
        node.name for node in ast.parse(path.read_text()).body if getattr(node, "name", "")[:5] == "test_"
    ]


def listed(page: str) -> dict[str, list[str]]:
    """The tests that each section of the page names, by the section's file."""
    found: dict[str, list[str]] = {}
    for line in page.splitlines():
        if file := re.search(r"`tests/defects/(\w+\.py)`", line):
            rows = found.setdefault(file[1], [])
        elif line.startswith("| ") and not line.startswith(("| MindSpore", "| ---")):
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            assert len(cells) == 3, line
            rows.append(cells[2].strip("` |"))
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_lists_the_tests_in_order(language):
    """One line for a defect, one test for a line."""
    page = (DOCS / language / "defects.md").read_text()
    assert listed(page) == {path.name: functions_of(path) for path in FILES}


def test_a_missing_line_is_noticed():
    """Without its last line the page is incomplete."""
    page = (DOCS / "en" / "defects.md").read_text()
    shorter = "\n".join(page.rstrip().splitlines()[:-1])
    assert listed(shorter) != listed(page)
    assert sum(map(len, listed(page).values())) == sum(len(functions_of(path)) for path in FILES)
