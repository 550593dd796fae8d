"""The offline coach answers through the one door, as a model would; nothing of the SDK is loaded for it."""

import subprocess
import sys

import pytest

from llm_modes.catalogue import MODES
from llm_modes.models import LLMCall
from llm_modes.provider import client
from tests import environment
from tests.factories import make_user


@pytest.mark.django_db
@pytest.mark.parametrize("name", MODES)
def test_every_mode_is_answered_and_shown_and_has_its_row_in_the_ledger(name):
    mode, candidate, parts = MODES[name], make_user(), []
    asked = {"candidate": candidate, "stage": mode.stages[0]}
    answer = client.ask(mode, mode.example.inputs, on_progress=parts.append, **asked)
    assert answer.model == "offline-coach"
    assert answer.prompt_digest == mode.prompt_digest
    assert parts == [mode.answer_offline(mode.example.inputs)]
    assert client.ask(mode, mode.example.inputs, **asked).reply == answer.reply
    call, again = LLMCall.objects.filter(user=candidate, mode=name, model="offline-coach", outcome="ok", estimated=True)
    assert call.input_tokens == again.input_tokens > 0
    assert call.output_tokens == again.output_tokens > 0


def test_nothing_of_the_sdk_is_loaded_for_it():
    program = """
import django, sys
django.setup()
from llm_modes.provider.client import who_answers
who_answers()
print([name for name in ("openai", "instructor", "httpx2") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=environment.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
