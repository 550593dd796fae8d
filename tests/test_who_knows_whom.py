"""Who may know whom: study → plans → llm_modes, never back, by imports nor by rows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from coach.models import User
from tests.environment import ROOT

ABOVE = {"llm_modes": {"plans", "study"}, "plans": {"study"}}


def imported(path: Path) -> Iterator[str]:
    """The packages that a module imports from, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name.partition(".")[0] for name in names)


@pytest.mark.parametrize("app", ABOVE)
def test_no_module_imports_from_an_app_above_its_own(app):
    back = {path for path in (ROOT / app).rglob("*.py") if ABOVE[app] & set(imported(path))}
    assert not back


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
