"""What the coach takes from the candidate's experience and the job advert: read once per change, then confirmed.

Only what the candidate confirmed is told to other modes (plans/preparation.py). A later reading waits beside it.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from coach.encryption.key_ring import digests
from coach.encryption.unreadable import is_untouched
from coach.models import RawUserContext, User
from llm_modes.asking.rows import AskState
from llm_modes.asking.trying_again import ask_and_come_back, due, hand_all_to_worker, hand_to_worker
from llm_modes.failures import LLMFailure
from llm_modes.read_context.preparation import Preparation
from llm_modes.read_context.schema import MODE as READ_CONTEXT
from llm_modes.read_context.schema import ReadContextInputs
from plans.journey import language_of, stage_of
from plans.models import ContextReading

# By then no call of an earlier attempt is under way any more, so that its number can be given again.
ALL_IS_OVER = timedelta(seconds=2 * settings.PATIENCE_SECONDS)


def texts_of(user: User) -> RawUserContext:
    """Experience and job advert, for reading. If there is nothing yet: an empty, unsaved row."""
    return RawUserContext.objects.filter(user=user).first() or RawUserContext(user_id=user.pk)


def reading_of(user: User) -> ContextReading:
    """How far their reading is. If there is nothing yet: an empty, unsaved row."""
    return ContextReading.objects.filter(user=user).first() or ContextReading(user_id=user.pk)


def save_texts(user: User, *, text: str | None = None, job_advert: str | None = None) -> bool:
    """Store the texts, cleaned and within their limits; None leaves one as it is. Returns whether they are to be read.

    What nobody has read is enqueued for reading in the same transaction. Nothing overwrites with "" what is unreadable.
    """
    with transaction.atomic():
        RawUserContext.objects.get_or_create(user=user)
        stored = RawUserContext.objects.select_for_update().get(user=user)
        given = {name: new for name, new in (("text", text), ("job_advert", job_advert)) if new is not None}
        changed = [name for name, new in given.items() if _differs(getattr(stored, name), new)]
        for name in changed:
            setattr(stored, name, given[name])
        stored.save(update_fields=[*changed, "updated_at"])
        reading = _to_change(user)
        if changed or not reading.is_waiting:
            _want(reading, stored)
        return reading.ask_state == AskState.PENDING


def seen_of(reading: ContextReading) -> int:
    """The attempt by which pages know the lines that wait: the last one that is over, not one that is under way."""
    return reading.ask_attempt - (reading.ask_state == AskState.ASKING)


def _differs(stored: str, new: str) -> bool:
    return bool(new) if is_untouched(stored) else stored != new


def want(user: User) -> ContextReading:
    """Have texts read that nobody has read yet, such as those from before a model was connected."""
    with transaction.atomic():
        reading = _to_change(user)
        if reading.ask_state == AskState.NONE:
            _want(reading, texts_of(user))
    return reading


def _to_change(user: User) -> ContextReading:
    ContextReading.objects.get_or_create(user=user)
    return ContextReading.objects.select_for_update(of=("self",)).select_related("user").get(user=user)


def _want(reading: ContextReading, texts: RawUserContext) -> None:
    """Enqueue the reading of these texts, unless there is nothing to read, nobody to read it, or they are read already.

    Whoever reads the earlier texts at this moment is stopped: the attempt is theirs no longer.
    """
    if reading.is_being_asked:
        reading.ask_attempt += 1
    elif not reading.found and reading.asked_at and reading.asked_at < timezone.now() - ALL_IS_OVER:
        reading.ask_attempt = 0  # these are new texts: their tries are counted anew
    reading.ask_lease_until, reading.next_try_at = None, None
    if reading.texts_digest in _digests(reading, texts.text, texts.job_advert):
        reading.ask_state, reading.ask_failure = AskState.DONE, ""
    elif settings.OFFLINE_COACH or not (texts.text or texts.job_advert):
        reading.ask_state, reading.ask_failure, reading.found, reading.texts_digest = AskState.NONE, "", {}, ""
    else:
        reading.mark_pending()
    reading.save()
    if reading.ask_state == AskState.PENDING:
        hand_to_worker(reading)


def _digests(reading: ContextReading, experience: str, job_advert: str) -> list[str]:
    return digests(f"texts of candidate {reading.user_id}: {len(experience)} {experience}{job_advert}")


def hand_due_to_worker() -> int:
    """Enqueue the readings that wait, failed or were interrupted and are due. Returns how many. The sweep calls it."""
    return hand_all_to_worker(due(ContextReading)[:500])


def read(reading: ContextReading) -> ContextReading:
    """Have the coach read the texts. Never raises LLMFailure: a failed reading can be tried again."""
    return ask_and_come_back(
        reading,
        mode=READ_CONTEXT,
        candidate=reading.user,
        stage=lambda row: stage_of(row.user),
        inputs=lambda row: reading_inputs(row.user),
        apply=_take_in,
    )


def reading_inputs(user: User) -> ReadContextInputs:
    """The inputs of ReadContext. Raises LLMFailure where a text cannot be read."""
    texts = texts_of(user)
    if is_untouched(texts.text) or is_untouched(texts.job_advert):
        raise LLMFailure("unreadable")
    return ReadContextInputs(
        experience=texts.text, job_advert=texts.job_advert, role=user.current_role, language=language_of(user)
    )


def _take_in(reading: ContextReading, answer: Any) -> None:
    """Store what was found. It waits for the candidate; what they confirmed before stays in force."""
    told = answer.inputs
    reading.next_try_at = None
    reading.texts_digest = _digests(reading, told.experience, told.job_advert)[0]
    reading.found = Preparation(
        profile=answer.reply.profile or "",
        competencies=[one.model_dump() for one in answer.reply.competencies],
    ).model_dump()


def confirm(user: User, preparation: Preparation, *, seen: int) -> ContextReading:
    """Put the candidate's lines in force. `seen`: `seen_of` when they saw them; what a later attempt found stays."""
    with transaction.atomic():
        reading = _to_change(user)
        reading.confirmed, reading.confirmed_at = preparation.model_dump(), timezone.now()
        if reading.ask_attempt == seen:
            reading.found = {}
        reading.save()
    return reading
