"""Another language than English is told to every mode, in one line; in English no prompt has a token for it."""

import ast

import pytest

from coach.management.commands.show_prompt import INPUTS
from coach.models import RawUserContext, User
from llm_modes.catalogue import MODES
from plans import conversation
from plans.context_reading import reading_inputs
from plans.journey import language_of
from study import sessions
from tests import factories
from tests.environment import ROOT
from tests.fake_llm import a_chat_reply

pytestmark = pytest.mark.django_db

LINE = "\n\nWrite in German (de); quotes stay as said."
# The functions that read a mode's inputs from rows, as they are asked with.
READ = {**INPUTS, "read_context": reading_inputs}


@pytest.fixture
def practised() -> User:
    """Somebody with a row for every mode to be asked about."""
    user = factories.make_user()
    factories.make_plan(user)
    factories.make_debrief(user)
    RawUserContext.objects.create(user=user, text="Ten years of nursing.")
    session = factories.make_session(user)
    factories.make_round(session)
    attempt = factories.make_attempt(user, session=session, state="marked")
    factories.make_story(user, question=attempt.question)
    sessions.end(session)
    return user


@pytest.mark.parametrize(("language", "line"), [("de", LINE), ("", ""), ("en", ""), ("en-GB", "")])
def test_every_mode_is_told_to_write_in_the_language_of_the_interview(practised, language, line):
    factories.make_brief(practised, language=language)
    for name, inputs in READ.items():
        prompt = MODES[name].messages(inputs(practised))[-1]["content"]
        assert ("stay as said" in prompt, prompt.endswith(line)) == (bool(line), True), name


def test_what_is_sent_has_the_line(practised, fake_llm):
    factories.make_brief(practised, language="pt-BR")
    fake_llm.reply(a_chat_reply("Bom dia.", action="none"))
    conversation.answer(conversation.say(practised, "Olá"))
    [request] = fake_llm.requests
    assert request.user.endswith("\n\nWrite in Brazilian Portuguese (pt-BR); quotes stay as said.")


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_the_rules_are_the_same_in_every_language(mode):
    english = mode.messages(mode.example.inputs)
    german = mode.messages(mode.example.inputs.model_copy(update={"language": "de"}))
    assert german[0] == english[0]
    assert german[1]["content"] == english[1]["content"] + LINE


def test_no_inputs_are_made_without_the_language():
    """A mode that comes later has it too."""
    names = {mode.inputs.__name__ for mode in MODES.values()}
    files = [path for app in ("plans", "study") for path in (ROOT / app).rglob("*.py")]
    calls = [node for path in files for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in names]
    assert {call.func.id for call in made} == names
    assert [call.func.id for call in made if "language" not in {given.arg for given in call.keywords}] == []


def test_the_language_of_who_said_none_is_none(practised):
    assert language_of(practised) == ""
