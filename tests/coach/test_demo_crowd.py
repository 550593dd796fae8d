"""`manage.py demo_data --users`: a small crowd, looked at as its candidates and as their rows."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.test import Client

from coach.encryption import encrypted_fields
from coach.erasure import models_of_candidates
from coach.management.crowd import bounds
from coach.management.crowd.erasing import crowd
from coach.models import LoginSession, User
from plans.models import PlanProposal, PlanTopic, PracticeDay, TopicProgress
from study import strength
from study.models import Question, QuestionAttempt, StudySession
from tests.factories import make_user

USERS, DAYS = 5, 4


def make_crowd(users: int = USERS, days: int = DAYS) -> str:
    said = StringIO()
    call_command("demo_data", users=users, days=days, stdout=said)
    return said.getvalue()


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker) -> Iterator[str]:
    """One crowd for all these tests; what the command has said."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_crowd()
        transaction.set_rollback(True)


@pytest.fixture
def said(made, db) -> str:
    return made


def of(user: User, model):
    """The rows of a candidate."""
    return model._base_manager.filter(**{{User: "pk", **dict(models_of_candidates())}[model]: user.pk})


def test_it_makes_as_many_as_it_says_and_one_of_them_is_heavy(said):
    assert crowd().count() == USERS == User.objects.count()
    answers = [user.question_attempts.count() for user in crowd().order_by("username")]
    assert answers == [30 * DAYS, *[3 * DAYS] * (USERS - 1)]
    assert f"study_questionattempt: {sum(answers):,} rows" in said
    assert "candidate0001 (the heavy one) to candidate0005" in said
    logins = [(login.candidate_id, login.get_decoded()["_auth_user_id"]) for login in LoginSession.objects.all()]
    assert sorted(logins) == sorted((user.pk, str(user.pk)) for user in crowd() for _device in range(2))


def test_a_copy_has_rows_of_its_own_in_every_table_and_reads_each_value(said):
    usual, copy = (User.objects.get(username=f"candidate000{number}") for number in (2, 4))
    for model, _path in [(User, "pk"), *models_of_candidates()]:
        originals, copies = list(of(usual, model).order_by("pk")), list(of(copy, model).order_by("pk"))
        assert len(originals) == len(copies)
        for one, other in zip(originals, copies, strict=True):
            for field in encrypted_fields(model):
                before, after = getattr(one, field.attname), getattr(other, field.attname)
                assert bool(before) == bool(after)
                assert field.name in ("name", "asked", "topics", "base_topics", "changes") or before == after


def test_what_names_rows_in_a_copy_names_its_own(said):
    copy = User.objects.get(username="candidate0005")
    topics = set(PlanTopic.objects.filter(user=copy).values_list("pk", flat=True))
    questions = set(copy.questions.values_list("pk", flat=True))
    for proposal in copy.proposals.all():
        assert {topic.id for topic in (*proposal.topics, *proposal.base_topics)} <= topics
        assert {change.topic_id for change in proposal.changes} <= topics
    for debrief in copy.debriefs.all():
        assert {line["topic"] for line in debrief.asked} <= topics
        assert {line["question_id"] for line in debrief.asked if "question_id" in line} <= questions
    for question in copy.questions.exclude(review_card=None):
        assert question.review_card["card_id"] == question.pk
        assert question.due_at.isoformat() == question.review_card["due"]
    for model in (StudySession, Question):
        assert set(of(copy, model).values_list("topic", flat=True)) <= topics
    assert set(copy.question_attempts.values_list("question", flat=True)) <= questions


@pytest.mark.parametrize("username", ["candidate0001", "candidate0004"])
def test_the_numbers_of_each_topic_agree_with_its_rows(said, username):
    for topic in PlanTopic.objects.filter(user__username=username).select_related("progress"):
        stored = TopicProgress.objects.filter(topic=topic).values().get()
        sessions = StudySession.objects.filter(topic=topic).count()
        days = PracticeDay.objects.filter(topic=topic).aggregate(sessions=Sum("sessions"), seconds=Sum("seconds"))
        assert stored["sessions"] == sessions == (days["sessions"] or 0)
        assert stored["total_time_spent"] == (days["seconds"] or 0)
        assert stored["marked_attempts"] == QuestionAttempt.objects.filter(question__topic=topic).count()
        strength.recompute(topic)
        assert TopicProgress.objects.filter(topic=topic).values().get() == stored


def test_every_constraint_holds_and_every_id_is_used_once(said):
    connection.check_constraints()
    opened = PlanProposal.objects.filter(status="open").values("user").annotate(many=Count("pk"))
    assert {row["many"] for row in opened} == {1} and len(opened) == USERS
    for model, _path in models_of_candidates():
        if (row := model._base_manager.order_by("-pk").first()) is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])
                assert cursor.fetchone()[0] > row.pk


@pytest.mark.parametrize("username", ["candidate0001", "candidate0003"])
def test_their_pages_show_texts_marks_and_plan(said, username):
    user = User.objects.get(username=username)
    client = Client()
    assert client.login(username=username, password=said.split()[-1])
    attempt = user.question_attempts.latest("pk")
    shown = {
        "/": "System design",
        "/plan/": "Databases",
        "/plan/chat/": "System design under time pressure",
        f"/plan/proposals/{user.proposals.get(status='open').pk}/": "Its marks are high by now",
        "/plan/review/": "Database answers are strong",
        "/notes/": "of 10",
        "/sessions/": "System design",
        f"/sessions/{attempt.session_id}/": attempt.question.text[:20],
        f"/attempts/{attempt.pk}/": attempt.feedback["improvement_areas"][0][:20],
        "/stories/": user.stories.first().question.text[:20],
        f"/questions/{user.stories.first().question_id}/story/": "### 26 minutes without predictions",
        "/debriefs/": "no answer yet",
        f"/debriefs/{user.debriefs.latest('pk').pk}/": "two billion rows",
        "/context/": "public transport data",
        "/account/": username,
    }
    for page, words in shown.items():
        body = client.get(page).content.decode()
        assert "cannot be read any more" not in body
        assert words in body, page


def test_another_run_makes_the_crowd_anew_and_touches_nobody_else(said):
    other = make_user("dora", context="Mine.")
    make_crowd(users=2, days=1)
    assert set(User.objects.values_list("username", flat=True)) == {"candidate0001", "candidate0002", "dora"}
    assert QuestionAttempt.objects.count() == 33
    assert LoginSession.objects.count() == 4
    other.refresh_from_db()
    assert other.raw_context.text == "Mine."


def test_a_name_that_somebody_else_has_is_refused_and_the_earlier_crowd_stays(said):
    make_user("Candidate0006")
    with pytest.raises(CommandError, match="Candidate0006 that this command has not made"):
        make_crowd(users=6)
    assert crowd().count() == USERS


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"users": 0}, "--users has to be from 1 to 10,000; 0 was given"),
        ({"users": -5}, "--users has to be from 1"),
        ({"users": 10**9}, "--users has to be from 1"),
        ({"users": 3, "days": 0}, "--days has to be from 1 to 730"),
        ({"users": 3, "days": 731}, "--days has to be from 1 to 730"),
        ({"days": 10}, "--days and --seed are for a crowd"),
    ],
)
def test_a_size_that_cannot_be_is_refused(said, options, words):
    with pytest.raises(CommandError, match=words):
        call_command("demo_data", **options)
    assert crowd().count() == User.objects.count() == USERS


def test_too_little_room_on_the_disk_is_told_before_anything_is_made(monkeypatch):
    monkeypatch.setattr(bounds, "DAY_BYTES", 10**15)
    with pytest.raises(CommandError, match="of disk, and .* has .* left"):
        make_crowd()
