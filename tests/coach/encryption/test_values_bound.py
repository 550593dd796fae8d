"""What is stored is read in its own column and by its own candidate only."""

import copy
import pickle

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, transaction

from coach.encryption import CannotBeRead, canary, encrypted_fields, key_ring, sealed
from coach.encryption.key_ring import MisplacedValue, seal, unseal
from coach.models import RawUserContext, User
from plans.models import PlanTopic, TopicProgress
from study.models import Question, QuestionAttempt, Story
from tests import factories

pytestmark = pytest.mark.django_db


def held(row, column):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{row._meta.db_table}" WHERE id = %s', [row.pk])
        return bytes(cursor.fetchone()[0])


def put(row, column, stored):
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{row._meta.db_table}" SET "{column}" = %s WHERE id = %s', [stored, row.pk])


def read(row, column):
    return getattr(type(row)._base_manager.get(pk=row.pk), column)


@pytest.fixture
def alice():
    return a_candidate("alice")


@pytest.fixture
def bob():
    return a_candidate("bob")


def a_candidate(name):
    owner = factories.make_user(name, context=f"context of {name}", name=name.title(), current_role="Nurse")
    topic = factories.make_topic(owner, f"Topic of {name}", description=f"description of {name}")
    factories.make_progress(topic, note=f"note of {name}")
    session = factories.make_session(owner, topic=topic)
    question = factories.make_question(owner, f"question of {name}?", topic=topic)
    factories.make_attempt(owner, session=session, question=question, state="marked", answer=f"answer of {name}")
    factories.make_story(owner, question=question, text=f"story of {name}", notes=f"notes of {name}", gaps=[name])
    factories.make_reconciliation(session, note=f"after a session of {name}")
    return owner


ROWS = {
    "context": lambda owner: (owner.raw_context, "text"),
    "name": lambda owner: (owner, "name"),
    "role": lambda owner: (owner, "current_role"),
    "topic": lambda owner: (owner.plan_topics.get(), "name"),
    "note": lambda owner: (TopicProgress.objects.get(topic__user=owner), "note"),
    "question": lambda owner: (owner.questions.get(), "text"),
    "answer": lambda owner: (owner.question_attempts.get(), "raw_answer"),
    "feedback": lambda owner: (owner.question_attempts.get(), "feedback"),
    "gaps": lambda owner: (owner.stories.get(), "gaps"),
    "reconciliation": lambda owner: (owner.study_sessions.get().reconciliation, "note"),
}


@pytest.mark.parametrize("kind", ROWS)
def test_a_value_moved_to_another_candidate_raises(alice, bob, kind):
    mine, column = ROWS[kind](alice)
    theirs, _column = ROWS[kind](bob)
    before = read(theirs, column)
    stored = held(theirs, column)
    put(theirs, column, held(mine, column))
    with pytest.raises(MisplacedValue):
        read(theirs, column)
    put(theirs, column, stored)
    assert read(theirs, column) == before


@pytest.mark.parametrize(("source", "target"), [("notes", "text"), ("text", "suggestion"), ("gaps", "notes")])
def test_a_value_moved_to_another_column_raises(alice, source, target):
    story = alice.stories.get()
    put(story, target, held(story, source))
    with pytest.raises(MisplacedValue):
        read(story, target)


def test_a_row_given_to_another_candidate_cannot_be_read_by_them(alice, bob):
    Story.objects.filter(user=alice).update(user=bob)
    with pytest.raises(MisplacedValue):
        _ = Story.objects.filter(user=bob).order_by("pk")[0].text


def test_every_encrypted_field_has_an_owner_that_its_rows_know():
    from django.apps import apps

    for app in canary.OUR_APPS:
        for model in apps.get_app_config(app).get_models():
            names = {field.attname for field in model._meta.concrete_fields} | {"pk"}
            assert all(field.owner in names for field in encrypted_fields(model)), model


def test_an_old_value_is_not_taken_for_a_bound_one_nor_the_other_way_round(settings):
    place = "study.Story.text of user_id 7"
    ciphers = key_ring._ring(tuple(settings.ENCRYPTION_KEYS))[key_ring.key_ids()[0]]
    forged = key_ring.key_ids()[0] + key_ring.BOUND_FORM + ciphers.old.encrypt(place.encode() + b"\x00words")
    with pytest.raises(CannotBeRead):
        unseal(forged, place)
    stored = seal(b"words", place)
    with pytest.raises(CannotBeRead):
        key_ring.unseal_old(stored[:4] + stored[5:])


# --- the ways of Django ----------------------------------------------------------------------------------------------


def test_rows_are_read_without_a_query_for_their_owner(alice, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert [one.text for one in Question.objects.all()] == ["question of alice?"]
        assert [one.note for one in TopicProgress.objects.all()] == ["note of alice"]
        assert [one.raw_answer for one in QuestionAttempt.objects.select_related("question")] == ["answer of alice"]


def test_a_deferred_value_is_fetched_when_it_is_looked_at(alice):
    story = Story.objects.defer("text").get()
    assert "text" in story.get_deferred_fields()
    assert story.text == "story of alice"
    story = Story.objects.only("notes").get()
    assert (story.notes, story.text) == ("notes of alice", "story of alice")
    story.refresh_from_db(fields=["text"])
    assert story.text == "story of alice"


def test_a_value_that_nobody_looked_at_is_written_back_as_it_is(alice):
    story = Story.objects.get()
    before = held(story, "text")
    story.notes = "other notes"
    story.save()
    assert held(story, "text") == before
    assert read(story, "notes") == "other notes"


def test_lists_changed_in_place_are_saved(alice):
    story = Story.objects.get()
    story.gaps.append("a number")
    story.save()
    attempt = QuestionAttempt.objects.get()
    attempt.feedback["quotes"] = ["new"]
    attempt.save()
    assert Story.objects.get().gaps == ["alice", "a number"]
    assert QuestionAttempt.objects.get().feedback["quotes"] == ["new"]


def test_making_and_changing_rows_in_djangos_other_ways(alice, bob):
    topic = alice.plan_topics.get()
    PlanTopic.objects.bulk_create(
        [PlanTopic(user=alice, name="In bulk", priority=2, daily_study_minutes=10) for _ in range(2)]
    )
    assert [one.name for one in PlanTopic.objects.filter(user=alice, priority=2)] == ["In bulk", "In bulk"]
    RawUserContext.objects.update_or_create(user=alice, defaults={"text": "other words"})
    assert RawUserContext.objects.get(user=alice).text == "other words"
    RawUserContext.objects.filter(user=bob).delete()
    assert RawUserContext.objects.get_or_create(user=bob, defaults={"text": "made"})[0].text == "made"
    assert RawUserContext.objects.get(user=bob).text == "made"
    PlanTopic.objects.filter(pk=topic.pk).update(**sealed(topic, name="By update"))
    assert PlanTopic.objects.get(pk=topic.pk).name == "By update"
    PlanTopic.objects.filter(pk=topic.pk).update(description="")
    assert PlanTopic.objects.get(pk=topic.pk).description == ""


def test_what_cannot_know_the_owner_raises(alice):
    topic = alice.plan_topics.get()
    with pytest.raises(TypeError, match="encrypted for its owner"), transaction.atomic():
        PlanTopic.objects.update(name="words")
    topic.name = "words"
    with pytest.raises(TypeError, match="encrypted for its owner"), transaction.atomic():
        PlanTopic.objects.bulk_update([topic], ["name"])
    with pytest.raises(FieldError):
        PlanTopic.objects.filter(name="words").exists()
    for value in (PlanTopic.objects.values("name")[0]["name"], PlanTopic.objects.values_list("name", flat=True)[0]):
        for use in (str, len, list, bool):
            with pytest.raises(TypeError, match="read from a row"):
                use(value)
    with pytest.raises(ImproperlyConfigured):
        RawUserContext(text="of nobody").save()


def test_rows_survive_copying_and_pickling(alice):
    for copied in (copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))):
        story = copied(Story.objects.get())
        assert story.text == "story of alice"
        assert copied(story).text == "story of alice"


def test_a_new_candidate_has_their_name_bound_to_them():
    user = User(username="carol", name="Carol")
    user.set_password("quiet-desk-27")
    user.save()
    assert User.objects.get(username="carol").name == "Carol"
    assert User.objects.create_superuser("dan", name="Dan").pk > user.pk
    assert user.get_short_name() == "Carol"
