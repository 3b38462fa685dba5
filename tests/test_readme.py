"""The README and the pages in docs/: what they show is what runs, with the same code in both languages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PAIRS = [(ROOT / "README.md", ROOT / "README.zh.md")]
PAIRS += [(page, ROOT / "docs" / "zh" / page.name) for page in sorted((ROOT / "docs" / "en").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A heading and, on the line before, the anchor it keeps in every language.
HEADING = re.compile(r'^(?:<a id="([a-z-]+)"></a>\n)?(#+) (.+)$', re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]\d+)?")
# Sums of float32 numbers near 1 in another order (see test_documents.py), and numbers printed to 4 digits.
TOLERANCE = {"abs": 1e-6, "rel": 1e-6}


class Example(NamedTuple):
    page: Path
    code: str
    printed: str | None


def blocks(page: Path) -> list[tuple[str, str]]:
    return FENCE.findall(page.read_text())


def headings(page: Path) -> list[tuple[str, int]]:
    """(anchor, level) of every heading below the title, outside code."""
    found = HEADING.findall(FENCE.sub("", page.read_text()))
    return [(anchor, len(marks)) for anchor, marks, _ in found[1:]]


def examples() -> list[Example]:
    """Every Python block of the English pages, with the text block that follows it."""
    found = []
    for page, _ in PAIRS:
        listed = blocks(page)
        for (language, code), (after, text) in zip(listed, [*listed[1:], ("", "")], strict=True):
            if language == "python":
                found.append(Example(page, code, text if after == "text" else None))
    return found


@pytest.fixture(scope="module")
def forking() -> Iterator[subprocess.Popen[str]]:
    """The process from which every example is forked: importing torch anew takes longer than most run."""
    command = [sys.executable, "-W", "error", Path(__file__).parent / "programs" / "forking.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


def printed_by(code: str, folder: Path, forking: subprocess.Popen[str]) -> str:
    """Programs that import mindspore run as its users would run them, the others as plain Python."""
    program, out, err = (folder / name for name in ("example.py", "out", "err"))
    program.write_text(code)
    imports_mindspore = re.search(r"^(import|from) mindspore", code, re.MULTILINE)
    launcher = ["-m", "paraminit", "run"] if imports_mindspore else []
    order = {"arguments": [*launcher, str(program)], "out": str(out), "err": str(err), "folder": str(folder)}
    print(json.dumps(order), file=forking.stdin, flush=True)
    assert forking.stdout.readline() == "0\n", err.read_text()
    return out.read_text()


def agree(shown: str, printed: str) -> bool:
    """Same text but for blanks, and the numbers with a point in it equal within TOLERANCE."""
    words = ["".join(NUMBER.sub("#", text).split()) for text in (shown, printed)]
    if words[0] != words[1]:
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True)
    return all(float(a) == pytest.approx(float(b), **TOLERANCE) for a, b in pairs)


@pytest.mark.parametrize(
    "example", [pytest.param(e, id=f"{e.page.stem}_{n}") for n, e in enumerate(examples())]
)
def test_examples_print_what_the_page_shows(example, tmp_path, forking):
    printed = printed_by(example.code, tmp_path, forking)
    if example.printed is None:
        assert printed == "", "the example prints something that the page does not show"
    else:
        assert agree(example.printed, printed), f"shown:\n{example.printed}\nprinted:\n{printed}"


def test_an_example_that_fails_or_warns_is_noticed(tmp_path, forking):
    """Meta-test: the fork tells what happened in it, and the next one is none the worse."""
    for code in (
        "raise ValueError('from the example')",
        "import warnings; warnings.warn('from the example')",
    ):
        with pytest.raises(AssertionError, match="from the example"):
            printed_by(code, tmp_path, forking)
    assert printed_by("import mindspore; print(mindspore.__name__)", tmp_path, forking) == "paraminit\n"


def test_the_comparison_can_fail():
    """Meta-test: other words, another number and a missing number are noticed."""
    assert agree("[ 0.6530371 1.5]", "[0.6530370 1.5]")
    assert not agree("[0.6530371 1.5]", "[0.6531371 1.5]")
    assert not agree("[0.6530371 1.5]", "[0.6530371]")
    assert not agree("True", "False")
    assert not agree("(2, 3)", "(2, 4)")


@pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=[english.stem for english, _ in PAIRS])
def test_both_languages_have_the_same_code_and_anchors(english, chinese):
    assert blocks(chinese) == blocks(english)
    assert headings(chinese) == headings(english)
    anchors = [anchor for anchor, _ in headings(english)]
    assert all(anchors), "every heading has an anchor of its own, the same in every language"
    assert len(set(anchors)) == len(anchors)


def test_no_page_exists_in_one_language_only():
    english, chinese = ({p.name for p in (ROOT / "docs" / lang).glob("*.md")} for lang in ("en", "zh"))
    assert english == chinese


@pytest.mark.parametrize(
    "page", [page for pair in PAIRS for page in pair], ids=lambda p: f"{p.parent.name}_{p.name}"
)
def test_links_lead_somewhere(page):
    """Files exist, and so do the anchors named in them."""
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve()
        assert linked.is_file(), target
        if anchor:
            assert f'<a id="{anchor}"></a>' in linked.read_text(), target
