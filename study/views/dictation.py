"""Audio in, text out. Nothing of the recording is kept."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from coach.candidate_text import clean_text
from coach.htmx import CandidateRequest
from llm_modes.failures import UNASKED, LLMFailure
from llm_modes.provider import transcription
from plans.journey import language_of


def _refuse(status: int, code: str, message: str, *, can_retry: bool) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message, "can_retry": can_retry}}, status=status)


@require_POST
def dictation(request: HttpRequest) -> JsonResponse:
    """The recording is the body itself, not a form's file: so it is read into memory and never into a file."""
    if not request.user.is_authenticated:
        return _refuse(401, "signed_out", "You are logged out. Log in in another tab, then try again.", can_retry=True)
    if not transcription.is_configured():
        return _refuse(404, "not_configured", "No model for dictation is set up here.", can_retry=False)
    audio = request.read(settings.DICTATION_BYTES + 1)
    if len(audio) > settings.DICTATION_BYTES:
        megabytes = settings.DICTATION_BYTES // 1_000_000
        return _refuse(413, "too_large", f"This is more than {megabytes} MB: dictate in parts.", can_retry=False)
    return _transcribe(request, audio)  # type: ignore[arg-type]


def _transcribe(request: CandidateRequest, audio: bytes) -> JsonResponse:
    try:
        words = transcription.transcribe(audio, candidate=request.user, language=language_of(request.user))
    except transcription.NotAudio:
        return _refuse(415, "not_audio", "This is no recording that can be read here.", can_retry=False)
    except LLMFailure as failure:
        # Only a try shows whether another one helps. The page keeps the recording for it.
        response = _refuse(failure.failure.status, failure.code, of_dictation(failure), can_retry=True)
        if failure.failure.wait:
            response["Retry-After"] = str(failure.failure.wait)
        return response
    text, left_out = clean_text(words.text), clean_text(words.left_out)
    if text:
        return JsonResponse({"text": text} | ({"left_out": left_out} if left_out else {}))
    message = "Nothing was heard in the recording."
    if left_out:
        message = f"Nothing was heard: “{left_out}” is what comes out when nobody speaks. Type it, if you did say it."
    return _refuse(422, "silent", message, can_retry=True)


def of_dictation(failure: LLMFailure) -> str:
    """The failure in words. Here the dictation service could not be reached, and a recording is kept, no text."""
    message = failure.message
    for kept in ("What you wrote is saved", "What you wrote stays here"):
        message = message.replace(kept, "Your recording is kept on this page")
    return message if failure.code in UNASKED else message.replace("The coach", "The dictation service", 1)
