"""Who may know whom: study → plans → llm_modes, and its rooms; never back, by imports nor by rows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from coach.models import User
from llm_modes.catalogue import MODES
from tests.environment import ROOT

ABOVE = {"llm_modes": {"plans", "study"}, "plans": {"study"}}
# Of the rooms of llm_modes, what each must not know. A mode's offline.py is the one that knows the offline room.
MACHINERY = {"provider", "asking", "ledger", "catalogue", "judging", "checking"}
ROOMS_ABOVE = {mode: {*MACHINERY, "offline"} for mode in MODES} | {
    "language": {*MACHINERY, "offline", *MODES},
    "ledger": {"provider", "asking", "judging", "checking", "catalogue", "offline", *MODES},
    "provider": {"asking", "judging", "checking", "catalogue", "offline", *MODES},
    "asking": {"offline", "judging", "checking", *MODES},
    "judging": {"offline", "asking", "checking"},
    "checking": {"offline", "asking", "judging", *MODES},
    "offline": MACHINERY,
}


def imported(path: Path, level: int = 0) -> Iterator[str]:
    """The packages that a module imports from, anywhere in it; with level 1 the rooms or modules within them."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (parts[level] for name in names if len(parts := name.split(".")) > level)


@pytest.mark.parametrize("app", ABOVE)
def test_no_module_imports_from_an_app_above_its_own(app):
    back = {path for path in (ROOT / app).rglob("*.py") if ABOVE[app] & set(imported(path))}
    assert not back


@pytest.mark.parametrize("room", ROOMS_ABOVE)
def test_no_room_of_the_modes_knows_one_above_it(room):
    files = [path for path in (ROOT / "llm_modes" / room).rglob("*.py") if path.name != "offline.py"]
    assert files
    assert not {path for path in files if ROOMS_ABOVE[room] & set(imported(path, level=1))}


@pytest.mark.parametrize("app", ["coach", "plans", "study"])
def test_no_app_knows_the_rules_by_which_a_mode_answers_without_a_model(app):
    rules = re.compile(rf"llm_modes\.({'|'.join(MODES)})(\.| import )offline\b")
    assert not {path for path in (ROOT / app).rglob("*.py") if rules.search(path.read_text())}


def test_the_plan_reaches_no_row_of_study_from_its_own():
    models = [User, *apps.get_app_config("plans").get_models()]
    relations = [relation for model in models for relation in model._meta.related_objects]
    names = {one.get_accessor_name() for one in relations if one.related_model._meta.app_label == "study"}
    assert "study_sessions" in names
    reaching = re.compile(rf"(\.|__|['\"])({'|'.join(names)})\b")
    files = [*(ROOT / "plans").rglob("*.py"), *(ROOT / "templates" / "plans").rglob("*.html")]
    assert not {path for path in files if reaching.search(path.read_text())}


def test_only_the_functions_that_read_a_stage_from_rows_name_one():
    files = [path for app in ("coach", "plans", "study") for path in (ROOT / app).rglob("*.py")]
    naming = {path.relative_to(ROOT).as_posix() for path in files if re.search(r"Stage\.[A-Z_]+", path.read_text())}
    assert naming == {"plans/journey.py", "study/sessions.py"}
