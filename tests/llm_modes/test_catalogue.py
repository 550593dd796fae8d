"""A mode is a folder: copied beside the others, it is found, asked and counted, and no other file knows of it."""

import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

import llm_modes
from llm_modes import catalogue
from llm_modes.asking.usual_time import usual_time
from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.language.mode import BrokenMode
from llm_modes.models import LLMCall
from llm_modes.provider.client import ask
from llm_modes.stages import Stage
from tests.environment import ROOT
from tests.factories import make_user
from tests.fake_llm import a_reply_to
from tests.llm_modes.checking import read


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """A folder in which modes are looked for as well."""
    monkeypatch.setattr(llm_modes, "__path__", [*llm_modes.__path__, str(tmp_path)])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("llm_modes.build_pitch")]:
        del sys.modules[name]


@pytest.fixture
def pitch(beside):
    """The folder of a mode that was made as the guide says."""
    folder = beside / "build_pitch"
    shutil.copytree(ROOT / "llm_modes/build_story", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in folder.glob("*.py"):
        file.write_text(file.read_text().replace("build_story", "build_pitch").replace("BuildStory", "BuildPitch"))
    change(folder / "schema.py", "(Stage.IN_SESSION, Stage.SESSION_ENDED)", "(Stage.SESSION_ENDED,)")
    change(folder / "system.md", "rough notes into a structure", "rough notes into a pitch of a minute")
    return folder


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def printed(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_the_modes_come_in_the_order_in_which_a_candidate_meets_them():
    first_stages = [list(Stage).index(mode.stages[0]) for mode in MODES.values()]
    assert first_stages == sorted(first_stages)
    assert next(iter(MODES)) == "plan_chat"


@pytest.mark.parametrize("name", MODES)
def test_the_reply_of_an_example_answers_its_inputs(name):
    assert read(name, MODES[name].example.reply)


@pytest.mark.django_db
def test_a_copied_folder_is_a_mode_for_everyone(pitch, fake_llm, settings, monkeypatch):
    mode = catalogue.found()["build_pitch"]
    monkeypatch.setitem(MODES, "build_pitch", mode)
    candidate, inputs = make_user(), mode.example.inputs
    assert mode.prompt_digest != MODES["build_story"].prompt_digest

    with pytest.raises(LLMFailure, match="not_now"):
        ask(mode, inputs, candidate=candidate, stage=Stage.IN_SESSION)
    settings.OFFLINE_COACH = True
    by_rules = ask(mode, inputs, candidate=candidate, stage=Stage.SESSION_ENDED)
    settings.OFFLINE_COACH, settings.COACH_MODELS = False, {"build_pitch": "a-model-of-its-own"}
    fake_llm.always(a_reply_to)
    by_model = ask(mode, inputs, candidate=candidate, stage=Stage.SESSION_ENDED)
    assert by_rules.reply.sections
    assert by_model.reply.model_dump() == mode.example.reply
    [request] = fake_llm.asked("build_pitch")
    assert request.body["model"] == "a-model-of-its-own"
    assert "pitch of a minute" in request.system
    rows = LLMCall.objects.filter(user=candidate, prompt_digest=mode.prompt_digest, mode="build_pitch", outcome="ok")
    assert rows.count() == 2

    assert "build_pitch" in printed("check_llm", "build_pitch")
    assert "pitch of a minute" in printed("show_prompt", "build_pitch", "--username", candidate.username)
    assert usual_time("build_pitch") == usual_time("build_story")


@pytest.mark.django_db
def test_rules_that_break_their_own_schema_fail_as_a_model_does(pitch):
    change(pitch / "offline.py", '"title": _title(inputs["question"])', '"title": ""')
    mode = catalogue.found()["build_pitch"]
    with pytest.raises(LLMFailure, match="invalid_reply"):
        ask(mode, mode.example.inputs, candidate=make_user(), stage=Stage.SESSION_ENDED)
    assert LLMCall.objects.get().outcome == "invalid_reply"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("schema.py", "MODE = ", "THE_MODE = ", "has no MODE"),
        ("schema.py", "__package__", '"llm_modes.build_story"', "has no MODE"),
        ("schema.py", "(Stage.SESSION_ENDED,)", "()", "is asked at no stage"),
        ("schema.py", "BuildPitchReply", "BuildStoryReply", "BuildStoryReply"),
        ("offline.py", None, None, "has no offline.py"),
        ("example.py", None, None, "has no example.py"),
    ],
)
def test_a_folder_that_is_no_mode_yet_is_named_with_what_it_lacks(pitch, file, old, new, says):
    if old is None:
        (pitch / file).unlink()
    else:
        change(pitch / file, old, new)
    with pytest.raises(BrokenMode, match=says):
        catalogue.found()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("EXAMPLE = ", "AN_EXAMPLE = ", "llm_modes/build_pitch/example.py has no EXAMPLE"),
        ("EXAMPLE = Example(", "EXAMPLE = (", "llm_modes/build_pitch/example.py: EXAMPLE is no Example"),
    ],
)
def test_an_example_is_read_and_what_it_lacks_named_only_where_one_is_wanted(pitch, old, new, says):
    change(pitch / "example.py", old, new)
    mode = catalogue.found()["build_pitch"]
    assert "llm_modes.build_pitch.example" not in sys.modules
    with pytest.raises(BrokenMode, match=says):
        _ = mode.example


def test_rules_without_an_answer_are_named(pitch):
    change(pitch / "offline.py", "def answer(", "def answers(")
    mode = catalogue.found()["build_pitch"]
    with pytest.raises(BrokenMode, match="llm_modes/build_pitch/offline.py has no answer"):
        mode.answer_offline(mode.example.inputs)


def test_whoever_starts_the_program_reads_in_one_line_what_a_folder_lacks(pitch):
    (pitch / "offline.py").unlink()
    start = f"import llm_modes, manage; llm_modes.__path__.append({str(pitch.parent)!r}); manage.main()"
    tried = subprocess.run(
        [sys.executable, "-c", start, "show_prompt", "build_pitch"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 1
    assert tried.stderr == f"{pitch} has no offline.py\n"
