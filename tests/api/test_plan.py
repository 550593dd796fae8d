"""A plan suggested, changed, approved and viewed by a program."""

from datetime import timedelta

import pytest

from coach.models import RawUserContext
from coach.time_zone import local_day
from plans.models import PlanBrief, PlanProposal
from tests import factories
from tests.api.conftest import Api, error
from tests.fake_llm import a_plan, a_plan_change, a_topic

WISH = {"role": "Backend engineer", "raw_user_context": "Five years of payments at Acme."}
KEEP = [a_topic("Conflict stories", priority=2, minutes=15), a_topic("Algorithms", priority=3, minutes=10)]


@pytest.fixture
def plan(alice):
    return factories.make_plan(alice)


def more_design():
    return a_plan_change(
        a_topic(minutes=20),
        *KEEP[:1],
        a_topic("Algorithms", priority=3, minutes=5),
        changes=[("Algorithms", "less_time")],
    )


def test_a_plan_is_suggested_and_nothing_is_in_force_yet(api, alice, fake_llm):
    fake_llm.reply(a_plan(), mode="suggest_plan")
    response = api.post(
        "/plan/suggest_new", {**WISH, "daily_minutes": 60, "weaknesses": "design", "motivation": "high"}
    )
    assert response.status_code == 200
    found = response.json()
    assert set(found) == {"proposal_id", "base_version", "interview_on", "plan_overview", "plan_topics", "changes"}
    assert set(found["plan_overview"]) == {"target_role", "total_daily_minutes", "time_horizon_weeks", "rationale"}
    assert [topic["name"] for topic in found["plan_topics"]] == ["System design", "Conflict stories", "Algorithms"]
    assert all("id" not in topic for topic in found["plan_topics"])
    assert (found["base_version"], found["changes"]) == (0, [])
    assert api.get("/plan/view").json() == {"version": 0, "interview_on": None, "plan_topics": []}


def test_what_the_plan_was_asked_with_is_saved(api, alice, fake_llm):
    fake_llm.reply(a_plan(), mode="suggest_plan")
    api.post("/plan/suggest_new", {**WISH, "daily_minutes": 60, "weaknesses": "design", "motivation": "high"})
    alice.refresh_from_db()
    brief = PlanBrief.objects.get(user=alice)
    assert alice.current_role == "Backend engineer"
    assert RawUserContext.objects.get(user=alice).text == WISH["raw_user_context"]
    assert (brief.daily_minutes, brief.weaknesses, brief.motivation) == (60, "design", "high")
    assert WISH["raw_user_context"] in fake_llm.requests[0].prompt


def test_what_is_left_out_stays_as_it_was(api, alice, fake_llm):
    factories.make_brief(alice, daily_minutes=50, weaknesses="numbers")
    fake_llm.reply(a_plan(), mode="suggest_plan")
    api.post("/plan/suggest_new", WISH)
    brief = PlanBrief.objects.get(user=alice)
    assert (brief.daily_minutes, brief.weaknesses) == (50, "numbers")


def test_what_is_known_of_the_interview_is_saved_and_the_plan_is_for_its_day(api, alice, fake_llm):
    day = local_day(alice) + timedelta(days=9)
    said = {"interview_format": " Panel of\nthree\0 ", "job_advert": "We want <b>Go</b>.\0", "language": "PT_br"}
    fake_llm.reply(a_plan(weeks=6), mode="suggest_plan")
    found = api.post("/plan/suggest_new", {**WISH, **said, "interview_on": str(day)}).json()
    assert (found["interview_on"], found["plan_overview"]["time_horizon_weeks"]) == (str(day), 2)
    brief = PlanBrief.objects.get(user=alice)
    assert (brief.interview_on, brief.interview_format, brief.language) == (day, "Panel of three", "pt-BR")
    assert RawUserContext.objects.get(user=alice).job_advert == "We want <b>Go</b>."
    fake_llm.reply(a_plan(), mode="suggest_plan")
    assert api.post("/plan/suggest_new", WISH).json()["interview_on"] == str(day)
    assert api.get("/plan/view").json()["interview_on"] == str(day)
    assert RawUserContext.objects.get(user=alice).job_advert == "We want <b>Go</b>."


def test_when_the_coach_is_away_it_is_503_and_the_words_are_there(api, alice, fake_llm):
    fake_llm.fault("http_401", mode="suggest_plan")
    response = api.post("/plan/suggest_new", WISH)
    assert response.status_code == 503
    assert error(response)["code"] == "misconfigured"
    assert RawUserContext.objects.get(user=alice).text == WISH["raw_user_context"]
    fake_llm.reply(a_plan(), mode="suggest_plan")
    assert api.post("/plan/suggest_new", WISH).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", " "),
        ("role", "x" * 101),
        ("raw_user_context", ""),
        ("raw_user_context", "x" * 20_001),
        ("daily_minutes", 9),
        ("daily_minutes", 481),
        ("weaknesses", "word " * 61),
        ("motivation", "great"),
        ("interview_on", "2020-05-04"),
        ("interview_on", "2096-02-29"),
        ("interview_on", "2027-02-29"),
        ("interview_on", "next Thursday"),
        ("interview_on", "2026-12-1\0"),
        ("interview_on", 20261210),
        ("interview_on", "20261210"),
        ("interview_format", "word " * 21),
        ("interview_format", "x" * 10_000),
        ("job_advert", "x" * 20_001),
        ("language", "xx-YY"),
        ("language", "x" * 10_000),
    ],
)
def test_a_wish_out_of_bounds_is_422(api, field, value):
    response = api.post("/plan/suggest_new", {**WISH, field: value})
    assert response.status_code == 422
    assert set(error(response)["fields"]) == {field}
    assert not PlanProposal.objects.exists()


def test_changes_come_with_their_reasons(api, alice, plan, fake_llm):
    fake_llm.reply(more_design(), mode="suggest_plan_changes")
    body = {
        "feedback": ["Less algorithms, please."],
        "raw_user_context": "Now at Initech.",
        "plan": [topic.as_topic().as_json() for topic in plan],
        "progress": [{"topic_id": plan[0].pk, "strength_rating": 5.0, "total_time_spent": 60}],
    }
    found = api.post("/plan/suggest_changes", body).json()
    assert found["base_version"] == 1
    assert found["changes"] == [
        {"topic": "Algorithms", "change": "less_time", "reason": "Because you asked for it (Algorithms)."}
    ]
    assert "Less algorithms, please." in fake_llm.requests[0].prompt
    assert "Now at Initech." in fake_llm.requests[0].prompt
    assert api.get("/plan/view").json()["version"] == 1


def test_a_coach_who_would_change_nothing_says_so(api, plan, fake_llm):
    fake_llm.reply(a_plan_change(a_topic(minutes=20), *KEEP), mode="suggest_plan_changes")
    response = api.post("/plan/suggest_changes", {})
    found = response.json()
    assert (response.status_code, found["changes"]) == (200, [])
    approved = api.post("/plan/approve_plan", {"proposal_id": found["proposal_id"]})
    assert (approved.status_code, approved.json()["version"]) == (200, 1)


def test_changes_of_no_plan_are_409(api):
    response = api.post("/plan/suggest_changes", {"feedback": ["More!"]})
    assert (response.status_code, error(response)["code"]) == (409, "no_plan")


def test_changes_of_another_plan_than_the_present_one_are_409(api, plan):
    topics = [topic.as_topic().as_json() for topic in plan]
    topics[0]["daily_study_minutes"] += 5
    response = api.post("/plan/suggest_changes", {"plan": topics})
    assert (response.status_code, error(response)["code"]) == (409, "plan_moved_on")


def test_approving_puts_the_proposal_in_force(api, alice):
    proposal = factories.make_proposal(alice)
    response = api.post("/plan/approve_plan", {"proposal_id": proposal.pk})
    assert response.status_code == 200
    found = response.json()
    assert found["version"] == 1
    assert set(found["plan_topics"][0]) == {
        "id", "name", "description", "priority", "daily_study_minutes", "expected_outcome", "progress"
    }  # fmt: skip
    assert found == api.get("/plan/view").json()


def test_approving_twice_changes_nothing(api, alice):
    proposal = factories.make_proposal(alice)
    first = api.post("/plan/approve_plan", {"proposal_id": proposal.pk})
    again = api.post("/plan/approve_plan", {"proposal_id": proposal.pk})
    assert (again.status_code, again.json()) == (200, first.json())


def test_a_proposal_from_before_the_plan_moved_on_is_409(api, alice):
    old = factories.make_proposal(
        alice, topics=[factories.topic_data(minutes=30), factories.topic_data("Other", priority=2, minutes=10)]
    )
    factories.make_plan(alice)
    response = api.post("/plan/approve_plan", {"proposal_id": old.pk})
    assert (response.status_code, error(response)["code"]) == (409, "plan_moved_on")
    assert api.get("/plan/view").json()["version"] == 1


@pytest.mark.parametrize("status", ["rejected", "superseded", "kept"])
def test_a_proposal_that_is_not_open_is_409(api, alice, status):
    proposal = factories.make_proposal(alice, status=status)
    response = api.post("/plan/approve_plan", {"proposal_id": proposal.pk})
    assert (response.status_code, error(response)["code"]) == (409, "not_open")


def test_a_plan_of_ones_own_is_put_in_force(api, alice, plan):
    topics = [a_topic("Algorithms", priority=1, minutes=25), a_topic("Negotiation", priority=2, minutes=5)]
    found = api.post("/plan/approve_plan", {"plan_topics": topics}).json()
    assert found["version"] == 2
    assert [(topic["name"], topic["daily_study_minutes"]) for topic in found["plan_topics"]] == [
        ("Algorithms", 25),
        ("Negotiation", 5),
    ]
    assert found["plan_topics"][0]["id"] == plan[2].pk, "a topic keeps its history"


def test_a_topic_that_comes_with_its_id_is_renamed_and_no_id_counts_twice_or_of_others(api, alice, plan):
    factories.make_progress(plan[0], lag=0.25)
    foreign = factories.make_topic(factories.make_user())
    topics = [
        a_topic("Architecture", priority=1) | {"id": plan[0].pk},
        a_topic("System design", priority=2) | {"id": plan[0].pk},
        a_topic("Negotiation", priority=3, minutes=5) | {"id": foreign.pk},
    ]
    found = api.post("/plan/approve_plan", {"plan_topics": topics}).json()["plan_topics"]
    ids = [topic["id"] for topic in found]
    assert ids[0] == plan[0].pk and len({*ids, foreign.pk, *(topic.pk for topic in plan)}) == 6
    plan[0].refresh_from_db()
    assert (plan[0].name, plan[0].progress.lag, plan[0].archived_at) == ("Architecture", 0.25, None)


def test_a_plan_that_cannot_be_is_422_in_words(api, alice):
    response = api.post("/plan/approve_plan", {"plan_topics": [a_topic()]})
    assert response.status_code == 422
    assert "at least 2 topics" in error(response)["fields"]["plan_topics"]


def test_the_view_shows_progress(api, plan):
    known = {"level": "hard", "trend": "rising", "signal": "holds"}
    factories.make_progress(plan[0], strength_rating="6.5", total_time_spent=1200, **known)
    first, second, _third = api.get("/plan/view").json()["plan_topics"]
    assert first["progress"] == {"strength_rating": 6.5, "total_time_spent": 1200, **known}
    unknown = {"level": "medium", "trend": None, "signal": None}
    assert second["progress"] == {"strength_rating": None, "total_time_spent": 0, **unknown}


def test_somebody_elses_proposal_is_404(api, db):
    proposal = factories.make_proposal(factories.make_user("bob"))
    response = api.post("/plan/approve_plan", {"proposal_id": proposal.pk})
    assert (response.status_code, error(response)["code"]) == (404, "not_found")
    proposal.refresh_from_db()
    assert proposal.status == PlanProposal.Status.OPEN


def test_the_offline_coach_answers_as_well(api):
    found = api.post("/plan/suggest_new", WISH).json()
    plan = api.post("/plan/approve_plan", {"proposal_id": found["proposal_id"]}).json()
    assert len(plan["plan_topics"]) == len(found["plan_topics"])
    assert Api().get("/plan/view").status_code == 401
