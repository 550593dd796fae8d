"""The history of the plan: versions, who proposed them, why, and when."""

import json
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from coach.encryption import key_ring
from coach.encryption.fields import Sealed
from coach.erasure import export
from llm_modes.suggest_plan.plan import Topic
from plans import conversation
from plans.models import PlanProposal
from plans.plan_in_force import topics_in_force
from plans.proposals import deciding
from plans.proposals.change import Change
from tests.factories import make_brief, make_message, make_plan, make_proposal, plan_data

pytestmark = pytest.mark.django_db


def test_versions_are_listed_with_who_and_why(client, alice):
    make_plan(alice)
    make_brief(alice, daily_minutes=60)
    review = make_proposal(
        alice,
        source="review",
        base_version=1,
        base_topics=topics_in_force(alice),
        topics=plan_data("System design", "Conflict stories", "Algorithms", "Small talk"),
        changes=[Change(topic="Small talk", change="added", reason="You never practise it.")],
        created_at=timezone.now() - timedelta(days=3),
    )
    deciding.approve(alice, review)
    deciding.undo(alice)
    page = client.get(reverse("plans:proposals")).content.decode()
    for words in (
        "version 3, in force",
        "version 2",
        "version 1",
        "You put the plan before it back",
        "after its review",
    ):
        assert words in page
    assert "You never practise it." in page
    assert "You took version 2 back." in page
    proposed, decided = (f"{day.day} {day:%B %Y}" for day in (review.created_at, timezone.now()))
    assert f"The coach proposed it on {proposed}" in page
    assert f"after its review; agreed on {decided}" in page
    plan = client.get(reverse("plans:plan")).text
    assert f"Version 3. You put the plan before it back on {decided}" in plan
    assert "agreed" not in plan


def test_an_open_proposal_has_the_same_figures_wherever_it_stands(client, alice):
    make_plan(alice)
    change = make_proposal(
        alice,
        base_version=1,
        base_topics=topics_in_force(alice),
        topics=plan_data("System design", "Conflict stories", "Algorithms", "Small talk"),
        changes=[Change(topic="Small talk", change="added", reason="You never practise it.")],
    )
    make_message(alice, "Here it is.", author="coach", proposal=change)
    deciding.approve_topics(alice, plan_data("System design", "Estimation"))  # the plan moves on
    page = BeautifulSoup(client.get(reverse("plans:proposal_detail", args=[change.pk])).text, "html.parser")
    together = page.select("tfoot td")[-1].get_text(" ", strip=True)
    assert together.split()[0] == "40"
    assert "3 topics, 40 minutes a day" in client.get(reverse("plans:proposals")).text
    assert "3 topics, 40 minutes a day" in client.get(reverse("plans:chat")).text
    told = conversation.chat_inputs(alice).proposal
    assert sum(topic.daily_study_minutes for topic in told) == 40


def test_a_long_history_pages(client, alice, django_assert_max_num_queries):
    for number in range(45):
        make_proposal(alice, status="rejected", rejection_reason=f"reason-{number:02}")
    with django_assert_max_num_queries(10):
        first = client.get(reverse("plans:proposals")).content.decode()
    assert "reason-44" in first
    assert "reason-24" not in first
    assert "reason-24" in client.get(reverse("plans:proposals"), {"page": "2"}).content.decode()
    for invented in ("x", "0", "99", "-1"):
        assert client.get(reverse("plans:proposals"), {"page": invented}).status_code == 200


def test_another_candidates_history_does_not_show(client, alice, bob):
    make_proposal(bob, status="rejected", rejection_reason="secret-of-bob")
    assert "secret-of-bob" not in client.get(reverse("plans:proposals")).content.decode()


def test_anonymous_visitors_are_sent_to_the_login(client):
    assert client.get(reverse("plans:proposals")).status_code == 302


def test_too_long_a_wish_is_refused(client, alice):
    make_plan(alice)
    response = client.post(reverse("plans:proposals"), {"feedback": "w" * 4001})
    assert response.status_code == 422
    assert alice.proposals.count() == 1


def stored_as(row, **values):
    """The row, with this JSON in its fields as another release may have written it."""
    fields = {name: PlanProposal._meta.get_field(name) for name in values}
    stored = {
        name: Sealed(key_ring.seal(json.dumps(value).encode(), fields[name].place_in(row)))
        for name, value in values.items()
    }
    PlanProposal.objects.filter(pk=row.pk).update(**stored)
    return PlanProposal.objects.get(pk=row.pk)


def test_topics_stored_by_the_first_release_are_read_and_all_are_exported_as_they_are_stored(alice):
    words = {"description": "Joins.", "expected_outcome": ""}
    old = [
        {"id": 7, "name": "SQL", "priority": 1, "daily_study_minutes": 10, **words},
        {"name": "Go", "priority": 2, "daily_study_minutes": 5, **words, "id": None},
    ]
    row = stored_as(make_proposal(alice), topics=old)
    sql, go = Topic(id=7, name="SQL", priority=1, daily_study_minutes=10, description="Joins."), row.topics[1]
    assert (row.topics[0], go.id, row.total_minutes) == (sql, None, 15)
    row.save()
    exported = export(alice)["plan proposals"][0]["topics"]
    assert exported == [old[0], {name: value for name, value in old[1].items() if name != "id"}]
    assert [Topic(**topic) for topic in json.loads(json.dumps(exported))] == PlanProposal.objects.get(pk=row.pk).topics


FIRST_RELEASE = {"topic": "SQL", "change": "less_time", "reason": "It holds.", "evidence": "strength 8 of 10"}
TODAY = {
    "topic": "Go",
    "change": "more_time",
    "reason": "It is weak.",
    "topic_id": 7,
    "evidence": "strength 3 of 10",
    "sizes_plan": True,
    "then": {"sessions": 2, "marks": 4, "offers": 3},
}


def test_changes_of_all_releases_are_read_and_exported_as_they_are_stored(alice):
    bare = {"topic": "Go", "change": "reprioritised", "reason": "You asked for it."}
    old = [bare, FIRST_RELEASE, TODAY]
    row = stored_as(make_proposal(alice), changes=old, declined=old[:2])
    assert row.changes == [Change(**bare), Change(**FIRST_RELEASE), Change(**TODAY)]
    assert [(change.topic_id, change.evidence, change.sizes_plan, change.then) for change in row.changes[:2]] == [
        (None, "", False, None),
        (None, "strength 8 of 10", False, None),
    ]
    row.save()
    exported = export(alice)["plan proposals"][0]
    assert json.dumps([exported["changes"], exported["declined"]]) == json.dumps([old, old[:2]])


def test_a_change_with_words_of_another_release_or_without_a_reason_is_read_and_shown(client, alice):
    later = [{**TODAY, "mood": "cheerful"}, {"topic": "SQL", "change": "removed"}]
    topics = [{**topic.as_json(), "mood": "cheerful"} for topic in plan_data()]
    row = stored_as(make_proposal(alice, status="rejected", base_version=1), changes=later, topics=topics)
    assert row.changes == [Change(**TODAY), Change(topic="SQL", change="removed", reason="")]
    assert row.topics == plan_data()
    assert "It is weak." in client.get(reverse("plans:proposal_detail", args=[row.pk])).text


def test_evidence_of_the_first_release_leads_to_the_review_though_it_names_no_topic(client, alice):
    row = stored_as(make_proposal(alice, status="rejected", base_version=1), changes=[FIRST_RELEASE])
    page = BeautifulSoup(client.get(reverse("plans:proposal_detail", args=[row.pk])).text, "html.parser")
    [link] = [link for link in page.select("a") if link.text == "strength 8 of 10"]
    assert link["href"] == reverse("plans:review") + "#topic-"
