"""Speech to text for dictation. The recording passes through memory only; it is stored nowhere, here or by us there."""

import time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from llm_modes import transport
from llm_modes.client import tokens_used_today
from llm_modes.errors import LLMFailure
from llm_modes.faults import EXPECTED, Retryable, failure_of
from llm_modes.models import LLMCall

MODE = "transcription"

# What browsers record into (WebM in Chromium and Firefox, MP4 in Safari), and the two that others send: by first bytes.
_CONTAINERS = {
    "webm": ("audio/webm", lambda head: head.startswith(b"\x1a\x45\xdf\xa3")),
    "mp4": ("audio/mp4", lambda head: head[4:8] == b"ftyp"),
    "ogg": ("audio/ogg", lambda head: head.startswith(b"OggS")),
    "wav": ("audio/wav", lambda head: head.startswith(b"RIFF") and head[8:12] == b"WAVE"),
}


class NotAudio(Exception):
    """The bytes are no recording of a kind that we know, whatever their sender calls them."""


def is_configured() -> bool:
    """Whether a transcription model and a server for it are set."""
    return bool(settings.COACH_TRANSCRIBE_MODEL and (settings.TRANSCRIBE_API_KEY or settings.TRANSCRIBE_BASE_URL))


def container_of(audio: bytes) -> str:
    """ "webm", "mp4", "ogg" or "wav", by the recording's first bytes. Raises NotAudio."""
    for name, (_type, fits) in _CONTAINERS.items():
        if fits(audio[:16]):
            return name
    raise NotAudio


def transcribe(audio: bytes, *, candidate: Any) -> str:
    """The words of a recording; "" when there are none. Asked once, as the page keeps the recording for another try.

    At most COACH_LLM_TOTAL_SECONDS (45 s). Raises NotAudio, LLMFailure; RuntimeError when called inside a transaction.
    """
    container = container_of(audio)
    with transaction.atomic(durable=True):
        if tokens_used_today(candidate) >= settings.COACH_DAILY_TOKENS:
            raise LLMFailure("over_budget")
    if not connection.in_atomic_block:
        connection.close()
    call = LLMCall(user=candidate, mode=MODE, model=settings.COACH_TRANSCRIBE_MODEL, at=timezone.now())
    started = time.monotonic()
    try:
        text = _ask(audio, container)
        call.outcome = "ok"
        return text
    except LLMFailure as failure:
        call.outcome = failure.code
        raise
    finally:
        call.milliseconds = round((time.monotonic() - started) * 1000)
        call.save()


def _ask(audio: bytes, container: str) -> str:
    file = (f"dictation.{container}", audio, _CONTAINERS[container][0])
    sdk = transport.sdk(settings.TRANSCRIBE_API_KEY, settings.TRANSCRIBE_BASE_URL)
    try:
        with transport.deadline(settings.LLM_TOTAL_SECONDS):
            reply = sdk.audio.transcriptions.create(model=settings.COACH_TRANSCRIBE_MODEL, file=file)
    except EXPECTED as error:
        failure = failure_of(error)
        # `from None`: its text may carry what was said.
        raise (LLMFailure(failure.code) if isinstance(failure, Retryable) else failure) from None
    text = getattr(reply, "text", None)
    if not isinstance(text, str):
        raise LLMFailure("invalid_reply")
    return text.strip()
