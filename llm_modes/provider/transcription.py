"""Speech to text for dictation. The recording stays in memory: we store it nowhere."""

import math
import time
from typing import Any

from django.conf import settings
from django.utils import timezone

from coach.languages import primary
from coach.running.watching import figures
from llm_modes.failures import LLMFailure
from llm_modes.language.tokens import estimate
from llm_modes.ledger.spending import Share
from llm_modes.models import LLMCall
from llm_modes.provider import pace
from llm_modes.provider.counting import usage_of
from llm_modes.provider.heard import Heard, heard
from llm_modes.provider.parking import parked

MODE = "transcription"
# If the server does not count: OpenAI bills ten tokens a second, and our recorder makes 4,000 bytes a second.
BYTES_PER_TOKEN = 400

# The first bytes tell the container: WebM from Chromium and Firefox, MP4 from Safari, Ogg and WAV from other clients.
_CONTAINERS = {
    "webm": ("audio/webm", lambda head: head.startswith(b"\x1a\x45\xdf\xa3")),
    "mp4": ("audio/mp4", lambda head: head[4:8] == b"ftyp"),
    "ogg": ("audio/ogg", lambda head: head.startswith(b"OggS")),
    "wav": ("audio/wav", lambda head: head.startswith(b"RIFF") and head[8:12] == b"WAVE"),
}


# Languages by the codes of Whisper, which the servers know; a server refuses a recording with any other code.
_CODES = frozenset(
    """af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id
    is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk
    sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh""".split()
)
_OTHER_CODES = {"nb": "no", "fil": "tl", "jv": "jw"}


class NotAudio(Exception):
    """The bytes are no recording of a known kind, whatever the client calls them."""


def is_configured() -> bool:
    """Whether a transcription model and a server for it are set."""
    return bool(settings.COACH_TRANSCRIBE_MODEL and (settings.TRANSCRIBE_API_KEY or settings.TRANSCRIBE_BASE_URL))


def container_of(audio: bytes) -> str:
    """ "webm", "mp4", "ogg" or "wav", by the recording's first bytes. Raises NotAudio."""
    for name, (_type, fits) in _CONTAINERS.items():
        if fits(audio[:16]):
            return name
    raise NotAudio


def code_of(language: str) -> str:
    """The code by which a transcription model knows the language with this tag; "" for none that it knows."""
    code = _OTHER_CODES.get(primary(language), primary(language))
    return code if code in _CODES else ""


def transcribe(audio: bytes, *, candidate: Any, language: str = "") -> Heard:
    """The words of a recording. Sends one request only: the page keeps the recording for another try.

    `language`: a BCP 47 tag of what is spoken; with "" the model finds that out itself.
    It takes at most COACH_LLM_TOTAL_SECONDS, one of the candidate's places (ledger/spending.py) and one of the server's
    (parking.py). Raises NotAudio and LLMFailure, and RuntimeError when called inside a transaction.
    """
    container = container_of(audio)
    share = Share(candidate, mode=MODE, model=settings.COACH_TRANSCRIBE_MODEL)
    sent = math.ceil(len(audio) / BYTES_PER_TOKEN)
    calls: list[LLMCall] = []
    with figures.counted(MODE, calls), parked(candidate.pk), figures.in_flight():
        # The words never take more tokens than the recording.
        share.reserve(prompt=sent, output=sent)
        calls.append(LLMCall(user=candidate, mode=MODE, model=settings.COACH_TRANSCRIBE_MODEL, at=timezone.now()))
        try:
            with pace.keeping(pace.Pace(settings.LLM_TOTAL_SECONDS)):
                return _asked(calls[0], audio, container, code=code_of(language), sent=sent)
        finally:
            share.settle(calls)


def _asked(call: LLMCall, audio: bytes, container: str, *, code: str, sent: int) -> Heard:
    """The words of the recording. Sets outcome, time and tokens of `call`, the ledger's row. Raises LLMFailure."""
    # Imported here because the SDK is slow to load, and many processes never ask.
    from llm_modes.provider.faults import EXPECTED, Retryable, failure_of, was_sent

    started = time.monotonic()
    reply: Any = None
    text, segments = "", None
    call.outcome = "interrupted"
    try:
        reply = _send(audio, container, code)
        text, segments = _text_of(reply), getattr(reply, "segments", None)
    except LLMFailure as failure:
        call.outcome = failure.code
        raise
    except EXPECTED as error:
        failed = failure_of(error)
        call.outcome = failed.code
        sent = sent if was_sent(error) else 0
        # `from None`: the error's text may hold what was said.
        raise (LLMFailure(failed.code) if isinstance(failed, Retryable) else failed) from None
    finally:
        call.milliseconds = round((time.monotonic() - started) * 1000)
        usage = usage_of(reply, sent=sent, received=estimate(text), names=("input_tokens", "output_tokens"))
        call.input_tokens, call.cached_tokens, call.output_tokens, call.estimated = usage
    call.outcome = "ok"
    return heard(text, segments if isinstance(segments, list) else None)


def _send(audio: bytes, container: str, code: str) -> Any:
    from llm_modes.provider import transport

    file = (f"dictation.{container}", audio, _CONTAINERS[container][0])
    sdk = transport.sdk(settings.TRANSCRIBE_API_KEY, settings.TRANSCRIBE_BASE_URL)
    options: dict[str, Any] = {"language": code} if code else {}
    if "whisper" in settings.COACH_TRANSCRIBE_MODEL.casefold():
        # This format has segments, which tell where nobody spoke. OpenAI's other models refuse it and need it less.
        options["response_format"] = "verbose_json"
    return sdk.audio.transcriptions.create(model=settings.COACH_TRANSCRIBE_MODEL, file=file, **options)


def _text_of(reply: Any) -> str:
    text = getattr(reply, "text", None)
    if not isinstance(text, str):
        raise LLMFailure("invalid_reply")
    return text.strip()
