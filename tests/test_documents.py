"""What the documents say is there, and holds."""

import ast
import io
import re
import tokenize
import tomllib

import pytest
from django.core.management import get_commands

from tests.environment import ROOT, documented_settings

DOCUMENTS = ("SECURITY.md", "docs/asvs.md", "docs/models.md", "docs/watching.md")
DECISIONS = sorted(f"docs/decisions/{path.name}" for path in (ROOT / "docs/decisions").glob("*.md"))
HOUSE = (
    "docs/architecture.md",
    "docs/backups.md",
    "docs/face.md",
    "docs/keys.md",
    "docs/replies.md",
    "docs/offline-coach.md",
)
LINKING = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *HOUSE, *DOCUMENTS)
NAMING = (*LINKING, "docs/glossary.md", *DECISIONS)
LINK = re.compile(r"\]\(((?!https?:)[^)#]+)")
# A path in code marks: with a folder, or a name with an ending; and what is named in it.
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w-]+\.\w+|[\w-]+\.(?:in|txt|md|toml))(?:: (\w+))?`")

# A path in a comment or docstring.
NAMED_BESIDE_CODE = re.compile(r"(?<![\w/.-])[a-z_]+(?:/[a-z_]+)*\.(?:py|html|js|toml)\b")
HOLDERS = (ast.Module, ast.ClassDef, ast.FunctionDef)

# Made by the program; in the folder of each mode.
ELSEWHERE = {".data/secrets.env", "system.md", "user.md", "offline.toml"}


@pytest.mark.parametrize("document", LINKING)
def test_every_link_leads_to_a_file(document):
    path = ROOT / document
    links = LINK.findall(path.read_text())
    assert links
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_file_that_is_named_exists():
    named = {found for document in NAMING for found in NAMED.findall((ROOT / document).read_text())}
    named = {(file, name) for file, name in named if file not in ELSEWHERE}
    assert len(named) > 80
    assert sorted(file for file, _name in named if not (ROOT / file).exists()) == []
    assert sorted(name for file, name in named if name and name not in (ROOT / file).read_text()) == []


def test_decisions_are_short_pages_that_say_why_and_until_when():
    assert len(DECISIONS) > 3
    for page in DECISIONS:
        text = (ROOT / page).read_text()
        assert len(text.splitlines()) <= 30, page
        assert re.findall(r"^## (.+)", text, re.M) == ["Decided", "Why", "What it costs", "When to think again"], page


def test_the_newest_release_of_the_changelog_is_this_one():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    releases = re.findall(r"^## \[(.+?)\] – \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert releases[0] == version


def test_a_commit_is_checked_by_make_check_and_fetches_nothing():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    told = re.findall(r"^ *(?:- )?((?:repo|entry|language): .+)$", hooks, re.M)
    assert told == ["repo: local", "entry: make check", "language: system"]


def test_make_help_tells_of_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):(?! export)", makefile, re.M))
    assert targets >= {"run", "test", "check", "help"}
    assert set(re.findall(r"^([a-z-]+):.*## \w", makefile, re.M)) == targets
    documents = " ".join((ROOT / document).read_text() for document in LINKING)
    assert set(re.findall(r"`make ([a-z-]+)", documents)) <= targets


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


# Of other projects, named as a source.
SOURCES = {"whisper/transcribe.py", "scraibe/hallucinations.py"}


def said_beside_code(source: str) -> str:
    """The comments and docstrings of a module."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    holders = [node for node in ast.walk(ast.parse(source)) if isinstance(node, HOLDERS)]
    return "\n".join([*comments, *filter(None, map(ast.get_docstring, holders))])


def test_every_file_that_a_comment_names_is_there():
    apps = ("coach", "llm_modes", "plans", "study")
    files = [path for folder in (*apps, "static", "templates", "tests") for path in (ROOT / folder).rglob("*.*")]
    there = ["/manage.py", *(f"/{path.relative_to(ROOT).as_posix()}" for path in files)]
    for path in (path for app in apps for path in (ROOT / app).rglob("*.py")):
        named = set(NAMED_BESIDE_CODE.findall(said_beside_code(path.read_text()))) - SOURCES
        assert [name for name in named if not any(one.endswith(f"/{name}") for one in there)] == [], path


# What only code, prompts and the REST facade call it (docs/glossary.md), where a page could mean nothing else.
UNSAID = (
    r"\bLLMs?\b|\bthe AI\b|\bchatbot\b|\boffline-coach\b|\brubric\b|\b(COACH|OPENAI)_[A-Z_]+|\boperator\b"
    r"|\badministrator\b|\bcapacity to study\b|\braw (user )?context\b|\banchors?\b|\bstrength rating\b"
    r"|\breconciliation\b|\b(un)?void(ed)?\b|\battempts?\b|\bscor(e|es|ed|ing)\b|\bsign(ed)? (in|out)\b"
    r"|\bhand(ed)? in\b|\bgathered\b|\bretry\b|\bsay next time\b|\bstories\.md\b"
)
SHOWN = re.compile(UNSAID, re.IGNORECASE)
# In a template's tags: what a page shows of them.
IN_TAGS = re.compile(r'\b(?:title|text|label|doing|saved|button|message)="([^"]*)"')
IN_ELEMENTS = re.compile(r'\b(?:aria-label|placeholder|title|data-announce)="([^"]*)"')


def words_of(template: str) -> str:
    """What a page of this template shows or reads out, without names of code."""
    template = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", template, flags=re.DOTALL)
    tags = " ".join(text for tag in re.findall(r"\{%.*?%\}", template, re.DOTALL) for text in IN_TAGS.findall(tag))
    plain = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", template, flags=re.DOTALL)
    return " ".join([tags, *IN_ELEMENTS.findall(plain), re.sub(r"<[^>]*>", " ", plain)])


def test_no_page_says_a_word_that_the_glossary_keeps_for_code():
    templates = [path for path in (ROOT / "templates").rglob("*.html") if "admin" not in path.parts]
    assert len(templates) > 50
    said = {path.name: found.group() for path in templates if (found := SHOWN.search(words_of(path.read_text())))}
    assert said == {}


def test_no_message_says_a_word_that_the_glossary_keeps_for_code():
    """Flash messages, failures, caps, labels and errors of forms: every sentence in the code that shows them."""
    sources = [
        *ROOT.glob("*/views/*.py"),
        *ROOT.glob("*/*form*.py"),
        ROOT / "plans/proposals/approval_form.py",
        *ROOT.glob("*/caps.py"),
        ROOT / "coach/views.py",
    ]
    sources += [ROOT / "llm_modes/failures.py", ROOT / "study/reasons.py", ROOT / "plans/agenda.py"]
    sources += [ROOT / "coach/signing_in.py", ROOT / "plans/conversation.py"]
    sources += [
        ROOT / "llm_modes/generate_questions/approaches.py",
        ROOT / "study/answer_help.py",
        ROOT / "study/approach.py",
        ROOT / "study/resting.py",
        ROOT / "study/session_page.py",
    ]
    sources += [*ROOT.glob("llm_modes/offline/*.py"), *ROOT.glob("llm_modes/*/offline.py")]
    sources += [ROOT / "llm_modes/reconcile_session/noting.py", ROOT / "llm_modes/reconcile_session/focusing.py"]
    assert len(sources) > 12
    said = {}
    for path in sources:
        for sentence in sentences(path.read_text()):
            if found := SHOWN.search(sentence):
                said[path.name] = f"{found.group()} in {sentence}"
    assert said == {}


def sentences(source: str) -> list[str]:
    """The texts of a module that read like a sentence: more than two words, and no docstring."""
    tree = ast.parse(source)
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, HOLDERS)}
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [text for text in texts if text not in docstrings and len(text.split()) > 2]


def test_the_glossary_has_what_the_test_looks_for():
    glossary = (ROOT / "docs/glossary.md").read_text()
    for word in (
        "capacity to study",
        "raw context",
        "attempt",
        "score",
        "sign in",
        "hand in",
        "reconciliation",
        "anchors",
    ):
        assert word in glossary.rsplit("We do not say", 1)[1], word
        assert SHOWN.search(word), word
    assert SHOWN.search(words_of('{% include "_failure.html" with title="Your attempt failed" %}'))
    assert not SHOWN.search(words_of('<a href="/attempts/">{{ attempt.score }}</a>{# attempt #} Your answer'))
