"""What the documentation says is shown by a test is shown by one."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "principles.md").read_text())


@pytest.mark.engineless
def test_each_rule_of_the_pages_has_a_test() -> None:
    lines = [
        line
        for line in (ROOT / "docs" / "principles.md").read_text().splitlines()
        if re.match(r"\| \d+ \|", line)
    ]
    assert [int(line.split("|")[1]) for line in lines] == list(range(1, 11))
    assert all("::test_" in line for line in lines) and len(NAMED) > 20


@pytest.mark.engineless
@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_is_named_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
