"""Audio in, text out, over HTTP to a transcription server; nothing of it is kept."""

import pytest
from django.test import Client
from django.urls import reverse

from llm_modes.failures import FAILURES, UNASKED, LLMFailure
from llm_modes.models import LLMCall
from llm_modes.provider.transcription import NotAudio, container_of
from study.views.dictation import of_dictation
from tests.factories import make_brief, make_call
from tests.fake_llm import TRANSCRIPTION

pytestmark = pytest.mark.django_db

URL = reverse("study:dictation")
WEBM = b"\x1a\x45\xdf\xa3" + b"opus" * 100


@pytest.fixture
def transcriber(fake_llm, settings):
    """The fake server, with a model for dictation."""
    settings.COACH_TRANSCRIBE_MODEL = "whisper-1"
    settings.TRANSCRIBE_BASE_URL = fake_llm.url
    settings.TRANSCRIBE_API_KEY = "key-for-dictation"
    return fake_llm


def send(client, audio=WEBM, content_type="audio/webm;codecs=opus"):
    return client.post(URL, audio, content_type=content_type)


@pytest.mark.parametrize("code", sorted({*FAILURES, *UNASKED} - {"refused", "unreadable", "nothing_left", "not_now"}))
def test_no_failure_of_a_recording_speaks_of_what_was_written_nor_blames_the_coach_for_it(code):
    """Of all that can happen to a recording: where somebody was asked, it was not the coach."""
    said = of_dictation(LLMFailure(code))
    assert "What you wrote" not in said
    assert code in UNASKED or "The coach" not in said


def test_the_words_come_back_and_the_model_and_key_are_those_for_dictation(client, alice, transcriber):
    transcriber.transcript(" I led the migration. ")
    response = send(client)
    assert response.json() == {"text": "I led the migration."}
    request = transcriber.requests[0]
    assert request.headers["authorization"] == "Bearer key-for-dictation"
    assert b"whisper-1" in request.raw
    assert WEBM in request.raw
    assert b'filename="dictation.webm"' in request.raw


@pytest.mark.parametrize(
    ("model", "language", "code"),
    [
        ("whisper-1", "de", b"de"),
        ("gpt-4o-transcribe", "pt-BR", b"pt"),
        ("whisper-1", "zh-Hant", b"zh"),
        ("whisper-1", "nb", b"no"),
        ("whisper-1", "", b""),
        ("gpt-4o-transcribe", "qu", b""),
    ],
)
def test_the_model_is_told_the_language_of_the_interview_if_it_knows_it(
    client, alice, transcriber, settings, model, language, code
):
    settings.COACH_TRANSCRIBE_MODEL = model
    make_brief(alice, language=language)
    transcriber.transcript("Olá")
    assert send(client).json() == {"text": "Olá"}
    [request] = transcriber.requests
    told = request.raw.partition(b'name="language"\r\n\r\n')[2].partition(b"\r\n")[0]
    assert told == code
    assert (b'name="language"' in request.raw) == bool(code)


def test_the_ledger_notes_the_call_without_a_word_of_it(client, alice, transcriber):
    transcriber.transcript("secret words")
    send(client)
    call = LLMCall.objects.get()
    assert (call.mode, call.model, call.outcome, call.user) == ("transcription", "whisper-1", "ok", alice)
    assert "secret" not in str(vars(call))


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"\x1a\x45\xdf\xa3", "webm"),
        (b"\x00\x00\x00\x18ftypM4A ", "mp4"),
        (b"OggS\x00\x02", "ogg"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
    ],
)
def test_a_recording_is_known_by_its_bytes(head, container):
    assert container_of(head + b"\x00" * 50) == container


@pytest.mark.parametrize("audio", [b"", b"MZ\x90\x00", b"<html>", b"RIFF\x24\x00\x00\x00AVI LIST", b"%PDF-1.7"])
def test_what_is_no_recording_is_refused_whatever_it_calls_itself(client, alice, transcriber, audio):
    with pytest.raises(NotAudio):
        container_of(audio)
    response = send(client, audio)
    assert response.status_code == 415
    assert response.json()["error"]["can_retry"] is False
    assert transcriber.requests == []


def test_ten_megabytes_are_accepted_and_no_byte_more(client, alice, transcriber):
    transcriber.transcript("long")
    assert send(client, WEBM.ljust(10_000_000, b"\x00")).status_code == 200
    response = send(client, WEBM.ljust(10_000_001, b"\x00"))
    assert response.status_code == 413
    assert "10 MB" in response.json()["error"]["message"]


def test_silence_is_told_as_silence(client, alice, transcriber):
    transcriber.transcript("  ")
    response = send(client)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "silent")


@pytest.mark.parametrize(
    "made_up",
    [
        "Thank you for watching.",
        "Thanks for watching! Thanks for watching!",
        "Thank you.",
        "you",
        "Bye.",
        "Subtitles by the Amara.org community",
        "Untertitel der Amara.org-Community",
        "Untertitelung im Auftrag des ZDF, 2021",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Subtítulos realizados por la comunidad de Amara.org",
        "ご視聴ありがとうございました",
        "ご視聴 ありがとうございました。",
        "ABONE OLMAYI UNUTMAYIN!",
        "字幕由Amara.org社区提供",
        "시청해주셔서 감사합니다!",
        "Редактор субтитров А.Синецкая Корректор А.Егорова",
    ],
)
def test_what_a_model_writes_when_nobody_speaks_is_told_and_not_written(client, alice, transcriber, made_up):
    transcriber.transcript(made_up)
    error = send(client).json()["error"]
    assert error["code"] == "silent"
    assert error["message"].startswith("Nothing was heard")
    assert made_up in error["message"]
    transcriber.transcript(made_up, (made_up, 0.4, -0.2))
    assert send(client).json()["error"]["code"] == "silent"


@pytest.mark.parametrize(
    "said",
    [
        "Thank you for asking. I led the migration.",
        "Subtitles by hand took us far too long, so I wrote a small tool for it.",
        "You know, I led the migration.",
        "I thanked them for watching the ward while I was away.",
        "字幕翻译是我两年的工作，我负责整个团队的质量和时间安排，客户非常满意，后来我们把流程自动化了。",
    ],
)
def test_what_a_person_says_that_only_begins_like_it_stays(client, alice, transcriber, said):
    transcriber.transcript(said)
    assert send(client).json() == {"text": said}
    transcriber.transcript(said, (said, 0.5, -0.4))
    assert send(client).json() == {"text": said}


def test_of_segments_those_in_which_nobody_spoke_are_left_out_and_told(client, alice, transcriber):
    parts = ("I led the migration.", 0.02, -0.2), (" Thank you for watching.", 0.5, -0.3), (" mm", 0.97, -0.9)
    transcriber.transcript("".join(part[0] for part in parts), *parts)
    assert send(client).json() == {"text": "I led the migration.", "left_out": "Thank you for watching. mm"}
    assert b"verbose_json" in transcriber.requests[0].raw


def test_a_thank_you_that_somebody_said_stays(client, alice, transcriber):
    transcriber.transcript("Thank you.", ("Thank you.", 0.01, -0.1))
    assert send(client).json() == {"text": "Thank you."}


def test_a_model_that_knows_no_segments_is_not_asked_for_them(client, alice, transcriber, settings):
    settings.COACH_TRANSCRIBE_MODEL = "gpt-4o-mini-transcribe"
    transcriber.transcript("I led it.")
    assert send(client).json() == {"text": "I led it."}
    assert b"verbose_json" not in transcriber.requests[0].raw


@pytest.mark.parametrize(
    "segments", [None, [], "x", [None], [{"text": 3}], [{"no_speech_prob": "high", "text": "I led it."}]]
)
def test_segments_of_no_sense_leave_the_words_as_they_are(client, alice, transcriber, segments):
    body = {"text": "I led it.", "segments": segments}
    transcriber.play(lambda handler, _request: handler.send_json(200, body), mode=TRANSCRIPTION)
    assert send(client).json() == {"text": "I led it."}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("http_500", "unreachable"),
        ("http_401", "misconfigured"),
        ("http_429", "rate_limited"),
        ("quota", "quota"),
        ("html", "invalid_reply"),
        ("malformed_json", "invalid_reply"),
        ("reset_at_once", "unreachable"),
        ("huge", "invalid_reply"),
    ],
)
def test_a_server_that_fails_is_told_in_plain_words_and_asked_once(client, alice, transcriber, fault, code):
    transcriber.fault(fault, mode=TRANSCRIPTION)
    response = send(client)
    assert response.status_code == 503
    error = response.json()["error"]
    assert (error["code"], error["can_retry"]) == (code, True)
    assert "SECRET" not in error["message"]
    assert len(transcriber.requests) == 1
    assert LLMCall.objects.get().outcome == code


def test_a_server_that_does_not_answer_is_not_waited_for_forever(client, alice, transcriber, settings):
    settings.LLM_TOTAL_SECONDS = settings.LLM_FIRST_TOKEN_SECONDS = 0.3
    transcriber.fault("silence", mode=TRANSCRIPTION)
    assert send(client).json()["error"]["code"] == "timeout"


def test_the_days_share_counts_here_too(client, alice, transcriber, settings):
    settings.COACH_DAILY_TOKENS = 1000
    make_call(alice, input_tokens=1000)
    error = send(client).json()["error"]
    assert (error["code"], error["can_retry"]) == ("over_budget", True)  # a recording can wait for the next day


def test_without_a_model_there_is_nothing_to_send_to_and_no_page_says_so(client, alice, settings):
    assert send(client).status_code == 404
    assert "data-dictation-url" not in client.get(reverse("study:sessions")).content.decode()


def test_with_a_model_the_pages_say_where_to_send(client, alice, transcriber):
    assert f'data-dictation-url="{URL}"' in client.get(reverse("study:sessions")).content.decode()


def test_a_model_without_a_server_or_key_is_not_configured(client, alice, settings):
    settings.COACH_TRANSCRIBE_MODEL = "whisper-1"
    assert send(client).status_code == 404


def test_it_has_to_be_posted_by_someone_who_is_signed_in(client, alice, transcriber):
    assert client.get(URL).status_code == 302
    client.logout()
    assert send(client).status_code == 401


def test_the_token_against_foreign_forms_is_needed(alice, transcriber):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert send(strict).status_code == 403
