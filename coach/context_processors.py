"""Values that every template may use."""

from django.conf import settings
from django.http import HttpRequest

from coach.encryption import unreadable
from llm_modes.provider.transcription import is_configured


def coach(request: HttpRequest) -> dict[str, object]:
    """Who may join, whether the offline coach speaks, whether dictation is set up, and limits of texts and waits."""
    return {
        "joining": settings.JOINING,
        "offline_coach": settings.OFFLINE_COACH,
        "dictates": is_configured(),
        "unreadable": unreadable.met(),  # the list itself: it grows while the page is rendered
        "limits": {
            "context": settings.CONTEXT_CHARACTERS,
            "answer": settings.ANSWER_CHARACTERS,
            "message": settings.MESSAGE_CHARACTERS,
            "form_bytes": settings.FORM_BYTES,
            "patience": settings.PATIENCE_SECONDS * 1000,  # milliseconds
        },
    }
