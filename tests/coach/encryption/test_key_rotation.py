"""manage.py rotate_keys: everything under the first key, in the form of today, while others work."""

import threading
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from coach.encryption import canary, key_ring, key_rotation
from coach.encryption.canary import WrongKeys
from coach.encryption.key_ring import CannotBeRead, MisplacedValue, key_id
from coach.models import EncryptionKey, RawUserContext
from study.models import Story
from tests import factories


def rotate():
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def held(row, column="text"):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{row._meta.db_table}" WHERE id = %s', [row.pk])
        return bytes(cursor.fetchone()[0])


def put(row, stored, column="text"):
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{row._meta.db_table}" SET "{column}" = %s WHERE id = %s', [stored, row.pk])


def in_old_form(plain, settings):
    """As release 0.1 stored it."""
    first = key_ring.key_ids()[0]
    return first + key_ring._ring(tuple(settings.ENCRYPTION_KEYS))[first].old.encrypt(plain)


def read(context):
    return RawUserContext.objects.get(pk=context.pk).text


@pytest.fixture
def old_and_new(settings):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    canary.verify()

    def change():
        settings.ENCRYPTION_KEYS = [new, old]
        canary.verify()  # a restart

    return old, new, change


@pytest.mark.django_db
def test_everything_is_rewritten_and_the_old_key_may_go(old_and_new, settings):
    old, new, change = old_and_new
    contexts = [factories.make_user(context=f"context {number}", name="Al").raw_context for number in range(5)]
    story = factories.make_story(contexts[0].user, text="a story", gaps=["a"])
    change()
    said = rotate()
    assert "coach_rawusercontext: 5 rows rewritten" in said
    assert f"The key {key_id(old).hex()} may go: no value names it any more." in said
    settings.ENCRYPTION_KEYS = [new]
    canary.verify()
    assert [read(context) for context in contexts] == [f"context {number}" for number in range(5)]
    assert (Story.objects.get(pk=story.pk).text, Story.objects.get(pk=story.pk).gaps) == ("a story", ["a"])
    assert contexts[0].user.__class__.objects.get(pk=contexts[0].user_id).name == "Al"
    assert "Nothing had to be rewritten" in rotate()


@pytest.mark.django_db
def test_values_of_the_old_form_are_read_until_all_are_rewritten_and_refused_afterwards(settings):
    canary.register(old_form=True)
    context = factories.make_user(context="x").raw_context
    other = factories.make_user(context="y").raw_context
    old_blob = in_old_form(b"ten years of nursing", settings)
    put(context, old_blob)
    assert read(context) == "ten years of nursing"
    said = rotate()
    assert "coach_rawusercontext: 1 rows rewritten" in said
    assert "release 0.1 are refused from now on" in said
    assert read(context) == "ten years of nursing"
    assert not key_ring.is_old_form(held(context))
    put(other, old_blob)
    with pytest.raises(MisplacedValue):
        read(other)


@pytest.mark.django_db
def test_a_page_that_saves_what_it_read_before_does_not_bring_the_old_key_back(old_and_new):
    _old, new, change = old_and_new
    story = factories.make_story(factories.make_user(), text="a story")
    loaded = Story.objects.get(pk=story.pk)
    change()
    rotate()
    loaded.notes = "new"
    loaded.save()
    assert held(story).startswith(key_id(new))
    assert Story.objects.get(pk=story.pk).text == "a story"


@pytest.mark.django_db
def test_what_cannot_be_read_is_named_and_stays_and_does_not_hold_the_key_up(old_and_new, settings):
    old, new, change = old_and_new
    context = factories.make_user(context="damaged soon").raw_context
    moved = factories.make_user(context="from elsewhere").raw_context
    damaged = bytearray(held(context))
    damaged[40] ^= 1
    put(context, bytes(damaged))
    put(moved, held(factories.make_user(context="mine").raw_context))
    change()
    said = rotate()
    assert "2 values cannot be read" in said
    assert f"coach_rawusercontext id {context.pk}, text, key {key_id(old).hex()}: This value is damaged." in said
    assert f"coach_rawusercontext id {moved.pk}, text" in said
    assert "was written for another row" in said
    assert held(context) == bytes(damaged)
    assert f"The key {key_id(old).hex()} may go: only values that it does not read either" in said
    settings.ENCRYPTION_KEYS = [new]
    canary.verify()  # the two are left behind, and do not stop it
    assert not EncryptionKey.objects.filter(key_id=key_id(old).hex()).exists()


@pytest.mark.django_db
def test_nothing_is_rewritten_before_the_coach_runs_with_the_new_key(old_and_new, settings):
    old, new, _change = old_and_new
    context = factories.make_user(context="ten years of nursing").raw_context
    settings.ENCRYPTION_KEYS = [new, old]
    with pytest.raises(WrongKeys, match="Restart it with the new key in front"):
        rotate()
    assert held(context).startswith(key_id(old))


@pytest.mark.django_db
def test_a_key_that_somebody_wrote_under_after_it_was_retired_is_asked_for_again(old_and_new, settings):
    old, new, change = old_and_new
    change()
    rotate()
    settings.ENCRYPTION_KEYS = [old]  # a process that nobody restarted
    context = factories.make_user(context="ten years of nursing").raw_context
    settings.ENCRYPTION_KEYS = [new]
    with pytest.raises(WrongKeys, match=f"The key {key_id(old).hex()} was retired, but"):
        canary.verify()
    change()
    assert "coach_rawusercontext: 1 rows rewritten" in rotate()
    settings.ENCRYPTION_KEYS = [new]
    canary.verify()
    assert read(context) == "ten years of nursing"


@pytest.mark.django_db
def test_a_retired_key_that_is_put_in_front_again_is_in_use(old_and_new, settings):
    old, new, change = old_and_new
    change()
    rotate()
    settings.ENCRYPTION_KEYS = [old, new]
    canary.verify()
    context = factories.make_user(context="ten years of nursing").raw_context
    settings.ENCRYPTION_KEYS = [new]
    with pytest.raises(WrongKeys, match="does not fit this database"):
        canary.verify()
    settings.ENCRYPTION_KEYS = [new, old]
    assert read(context) == "ten years of nursing"


@pytest.mark.django_db
def test_a_run_that_was_stopped_goes_on_where_it_was(old_and_new, monkeypatch):
    _old, new, change = old_and_new
    contexts = [factories.make_user(context=f"context {number}").raw_context for number in range(6)]
    change()
    seen = []

    def stop():
        seen.append(1)
        if len(seen) == 9:
            raise KeyboardInterrupt

    left = key_rotation.rows_left()
    with pytest.raises(KeyboardInterrupt):
        key_rotation.rewrite(stop)
    assert 0 < key_rotation.rows_left() < left
    rotate()
    assert key_rotation.rows_left() == 0
    assert all(held(context).startswith(key_id(new)) for context in contexts)


@pytest.mark.django_db(transaction=True)
def test_what_candidates_write_meanwhile_is_never_overwritten(old_and_new):
    _old, new, change = old_and_new
    owners = [factories.make_user(context="first") for _ in range(30)]
    change()
    written, stop = {}, threading.Event()

    def write():
        number = 0
        while not stop.is_set() or number < 60:
            number += 1
            context = RawUserContext.objects.get(user=owners[number % 30])
            context.text = f"words {number}"
            context.save()
            written[context.pk] = context.text
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    said = rotate()
    stop.set()
    writer.join()
    assert "No key may go yet" not in said
    assert len(written) == 30
    for pk, text in written.items():
        assert RawUserContext.objects.get(pk=pk).text == text
    assert all(held(context).startswith(key_id(new)) for context in RawUserContext.objects.all())


@pytest.mark.django_db
def test_a_row_that_was_changed_between_reading_and_writing_keeps_the_change(old_and_new):
    _old, _new, change = old_and_new
    context = factories.make_user(context="first").raw_context
    change()
    row = next(iter(key_rotation._stale_rows(RawUserContext)))
    newer = RawUserContext.objects.get(pk=context.pk)
    newer.text = "second"
    newer.save()
    assert key_rotation._rewritten(row, key_rotation.Report()) is None
    assert read(context) == "second"


@pytest.mark.django_db
def test_a_value_under_a_key_that_nobody_knows_is_damage(settings):
    context = factories.make_user(context="x").raw_context
    put(context, b"\x00\x01\x02\x03" + held(context)[4:])
    with pytest.raises(CannotBeRead):
        read(context)
