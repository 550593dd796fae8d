"""The factories make rows that the database's constraints accept."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db


def test_a_whole_candidate_can_be_made():
    user = factories.make_user("mara", context="Ten years of nursing.")
    topics = factories.make_plan(user)
    session = factories.make_session(user, topic=topics[0])
    made = factories.make_round(session)
    states = [factories.make_attempt(user, session=session, state=state) for state in ("draft", "submitted")]
    states += [factories.make_attempt(user, session=session, state=state) for state in ("failed", "marked")]
    factories.make_story(user)
    factories.make_message(user)
    factories.make_message(user, "Which role?", author="coach")
    factories.make_proposal(user, topics=factories.plan_data("One", "Two"))
    factories.make_review(user)
    factories.make_progress(topics[0])
    factories.make_practice_day(topics[0])
    factories.make_call(user)
    factories.make_reconciliation(factories.make_session(factories.make_user(), ended=True))

    assert [topic.name for topic in user.plan_topics.in_force()] == ["System design", "Conflict stories", "Algorithms"]
    assert made.suggestions.count() == 3
    assert [attempt.is_waiting for attempt in states] == [False, True, False, False]
    assert user.raw_context.text == "Ten years of nursing."
