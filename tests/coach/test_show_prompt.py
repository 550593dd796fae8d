from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from llm_modes.catalogue import MODES
from plans.models import PlanTopic
from plans.noticed import review_inputs
from plans.plan_in_force import topics_in_force
from plans.proposals.writing import changes_inputs, lessons, own_words
from tests import factories
from tests.factories import ANSWER, make_user
from tests.reading import only_reading

pytestmark = pytest.mark.django_db


def show(*arguments):
    printed = StringIO()
    call_command("show_prompt", *arguments, stdout=printed, no_color=True)
    return printed.getvalue()


@pytest.fixture
def demo():
    user = make_user("demo", context="Ten years of nursing.")
    topics = factories.make_plan(user)
    session = factories.make_session(user, topic=topics[0], ended=True)
    factories.make_round(session)
    attempt = factories.make_attempt(user, session=session, state="marked")
    factories.make_story(user, question=attempt.question, version=3)
    factories.make_message(user)
    factories.make_reconciliation(session)
    factories.make_debrief(user)
    return user


@pytest.mark.parametrize("mode", MODES)
def test_a_prompt_is_shown_as_it_would_be_sent(demo, mode):
    with only_reading():
        printed = show(mode)
    assert MODES[mode].system in printed
    assert "--- user" in printed
    assert "$" not in printed.split("--- user")[1]


def test_the_candidates_rows_are_in_it(demo):
    assert ANSWER in show("evaluate_answer")
    assert "Ten years of nursing." in show("suggest_plan")
    assert '"score"' not in show("evaluate_answer")
    assert '"score"' in show("evaluate_answer", "--schema")


def test_a_reviews_prompt_changes_nothing_either(demo):
    topics = list(PlanTopic.objects.filter(user=demo).in_force().select_related("progress"))
    with only_reading():
        feedback = own_words(demo) + lessons(demo)
        told = changes_inputs(
            demo, base=topics_in_force(demo), feedback=feedback, trigger="review", **review_inputs(demo, topics)
        )
    assert MODES["suggest_plan_changes"].messages(told)


def test_without_the_candidate_or_a_row_it_says_what_is_missing():
    with pytest.raises(CommandError, match="demo_data makes one"):
        show("evaluate_answer")
    make_user("demo")
    with pytest.raises(CommandError, match="no row yet"):
        show("evaluate_answer")
