"""What the documents for whoever checks the program name is there."""

import re

import pytest
from django.core.management import get_commands

from tests.environment import ROOT, documented_settings

DOCUMENTS = ("SECURITY.md", "docs/asvs.md")
LINK = re.compile(r"\]\(((?!https?:)[^)#]+)")
# A path in code marks: with a folder, or a name with an ending.
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.\w+|[\w-]+\.(?:in|txt|md|toml))`")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_to_a_file(document):
    path = ROOT / document
    links = LINK.findall(path.read_text())
    assert links
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS[1:])
def test_every_file_that_is_named_exists(document):
    named = set(NAMED.findall((ROOT / document).read_text()))
    assert len(named) > 40
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_line_of_the_asvs_names_its_proof():
    """A test, a setting, a file, or in words why there is none."""
    lines = [line for line in (ROOT / "docs/asvs.md").read_text().splitlines() if re.match(r"\| \d", line)]
    assert len(lines) > 100
    for line in lines:
        number, what, proof = (cell.strip() for cell in line.strip("|").split(" | "))
        assert re.match(r"\d+\.\d+", number), line
        assert what, line
        assert proof != "" and (proof != "–" or "not met" in what or re.search(r"\bno(thing)?\b", what, re.I)), line


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_and_command_that_is_named_exists(document):
    text = (ROOT / document).read_text()
    settings = set(re.findall(r"\bCOACH_[A-Z_]+", text))
    assert settings
    assert settings <= set(documented_settings())
    assert set(re.findall(r"manage\.py (\w+)", text)) <= set(get_commands())
