"""Encrypted fields: what is stored cannot be read without its key, and what cannot be read is never passed on."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from hypothesis import given
from hypothesis import strategies as st

from coach.encryption import EncryptedCharField, EncryptedJSONField, EncryptedTextField, UnknownKey
from coach.encryption.key_ring import CannotBeRead, key_id, seal, unseal
from coach.models import RawUserContext
from tests import factories
from tests.factories import make_question, make_user

PLACE = "study.Story.text of user_id 7"
WORDS = "Ten years of nursing, ünïcödé, 我, 🎉 and \x00 nothing else"


def raw(model, column, row):
    """What the database itself holds."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{model._meta.db_table}" WHERE id = %s', [row.pk])
        return bytes(cursor.fetchone()[0])


@given(st.binary(max_size=2000))
def test_any_bytes_come_back(plain):
    assert unseal(seal(plain, PLACE), PLACE) == plain


def test_the_same_words_look_different_every_time():
    assert seal(b"words", PLACE) != seal(b"words", PLACE)


@pytest.mark.django_db
def test_text_and_json_come_back_and_are_not_in_the_database():
    user = make_user(context=WORDS)
    question = make_question(user, answer_anchors=[{"name": "Own part", "anchor": "Zebra"}])
    assert RawUserContext.objects.get(user=user).text == WORDS
    question.refresh_from_db()
    assert question.answer_anchors == [{"name": "Own part", "anchor": "Zebra"}]
    assert b"nursing" not in raw(RawUserContext, "text", user.raw_context)
    assert b"Zebra" not in raw(type(question), "answer_anchors", question)


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["", [], {}, None, 0, False, [None, 1.5, "ü"]])
def test_every_json_value_comes_back(value):
    question = make_question(make_user(), answer_anchors=value if value is not None else [])
    question.refresh_from_db()
    assert question.answer_anchors == (value if value is not None else [])


@pytest.mark.django_db
def test_an_old_key_reads_and_the_new_one_writes(settings):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    context = make_user(context=WORDS).raw_context
    assert raw(RawUserContext, "text", context).startswith(key_id(old))
    settings.ENCRYPTION_KEYS = [new, old]
    stored = RawUserContext.objects.get(pk=context.pk)
    assert stored.text == WORDS
    stored.save()
    assert raw(RawUserContext, "text", context).startswith(key_id(new))
    settings.ENCRYPTION_KEYS = [new]
    assert RawUserContext.objects.get(pk=context.pk).text == WORDS


@pytest.mark.usefixtures("registered_key")
def test_a_value_under_a_key_that_is_gone_raises(settings):
    context = make_user(context=WORDS).raw_context
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(UnknownKey):
        _ = RawUserContext.objects.get(pk=context.pk).text


@pytest.mark.parametrize("position", [0, 3, 4, 5, 20, -1])
def test_a_value_that_was_tampered_with_raises(position):
    stored = bytearray(seal(b"ten years of nursing", PLACE))
    stored[position] ^= 1
    with pytest.raises((CannotBeRead, UnknownKey)):
        unseal(bytes(stored), PLACE)


@pytest.mark.parametrize("stored", [b"", b"abc", b"plain words that were never encrypted"])
def test_what_was_never_encrypted_raises(stored):
    with pytest.raises((CannotBeRead, UnknownKey)):
        unseal(stored, PLACE)


@pytest.mark.parametrize("keys", [[], ["too short"], ["x" * 44]])
def test_without_a_usable_key_nothing_is_written(settings, keys):
    settings.ENCRYPTION_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="COACH_ENCRYPTION_KEYS"):
        seal(b"words", PLACE)


FIELDS = [EncryptedTextField(), EncryptedJSONField(default=list, owner="topic_id"), EncryptedCharField(max_length=9)]


@pytest.mark.parametrize("field", FIELDS)
def test_migrations_name_our_fields(field):
    _name, path, _args, _kwargs = field.deconstruct()
    assert path == f"coach.encryption.{type(field).__name__}"
    assert type(field.clone()) is type(field)
    assert field.clone().owner == field.owner


def test_the_models_and_their_migrations_agree_on_what_is_encrypted():
    """Django would otherwise take the original package's class into the migration, and read with the wrong code."""
    state = MigrationLoader(None).project_state()
    for app in ("coach", "plans", "study"):
        for model in apps.get_app_config(app).get_models():
            migrated = state.models[app, model._meta.model_name].fields
            for field in model._meta.local_fields:
                if isinstance(field, (EncryptedTextField, EncryptedJSONField, EncryptedCharField)):
                    assert type(migrated[field.name]) is type(field), f"{model}.{field.name}"
                    assert migrated[field.name].owner == field.owner, f"{model}.{field.name}"


# What candidates and the coach may write about is in these; other text columns hold codes, names of models or keys.
PLAIN_TEXT = {
    "plans.PlanBrief": {"language"},  # one of our tags
    "plans.ContextReading": {"texts_digest"},
    "plans.TopicProgress": {"trend"},
    "study.StudySession": {"approach"},  # one of our names for it
    "coach.User": {"password", "username", "name_key", "time_zone"},
    "coach.LoginSession": {"session_key", "session_data"},
    "coach.RecentTries": {"name_digest", "address"},
    "coach.Invitation": {"digest"},
    "coach.EncryptionKey": {"key_id"},
    "coach.NightlyBackup": {"failure"},  # a sentence of ours
}


def test_no_text_field_is_left_in_plain_words_by_accident():
    for app in ("coach", "plans", "study"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.local_fields:
                if type(field) is models.TextField or (type(field) is models.CharField and not field.choices):
                    allowed = PLAIN_TEXT.get(model._meta.label, set())
                    known = {"ask_failure", "model", "prompt_digest", "idempotency_key", "ask_state"}
                    assert field.name in allowed | known, f"{model._meta.label}.{field.name} is stored in plain words"


@pytest.mark.django_db
def test_a_dump_holds_no_word_that_was_typed():
    secret = "Zanzibar"
    user = make_user("mara", context=f"{secret} context", name=secret, current_role=f"{secret} nurse")
    factories.make_brief(user, weaknesses=f"{secret} weak spot")
    topic = factories.make_topic(user, f"{secret} topic", description=f"{secret} description")
    factories.make_progress(topic, note=f"{secret} note", next_focus=[{"focus": secret, "reason": secret}])
    factories.make_message(user, f"{secret} message")
    factories.make_proposal(user, topics=factories.plan_data(f"{secret} one", "Two"), feedback=[f"{secret} feedback"])
    session = factories.make_session(user, topic=topic)
    question = factories.make_question(user, f"{secret} question?", topic=topic)
    factories.make_attempt(user, session=session, question=question, state="marked", answer=f"{secret} answer")
    factories.make_story(user, question=question, text=f"{secret} story", notes=f"{secret} notes")
    tables = [model._meta.db_table for model in apps.get_models()]
    dumped = StringIO()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT t::text, encode(convert_to(t::text, 'UTF8'), 'escape') FROM \"{table}\" t")
            dumped.writelines(str(row) for row in cursor.fetchall())
            # Binary columns print as hexadecimal, so the word is looked for in that form too.
    assert "mara" in dumped.getvalue()
    assert secret not in dumped.getvalue()
    assert secret.encode().hex() not in dumped.getvalue()
