"""Dictation in Chromium with a microphone that plays a file, against a transcription server over HTTP."""

import math
import random
import shutil
import struct
import subprocess
import time
import wave
from contextlib import suppress

import psutil
import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.conftest import CHROMIUM_ARGUMENTS
from tests.factories import make_attempt
from tests.fake_llm import TRANSCRIPTION

pytestmark = pytest.mark.django_db(transaction=True)

RATE = 16_000
HEARD = "and then I measured it"
# Samples from one tap to the next.
TAPS = {"taps": RATE // 2, "typing": RATE * 3 // 20 + 60}


def write_speech(path) -> None:
    """Somebody speaking: by espeak-ng where it is installed, else tones as loud as a voice."""
    if shutil.which("espeak-ng"):
        subprocess.run(["espeak-ng", "-w", str(path), "When I led the migration, I measured it first."], check=True)
        return
    # Four syllables a second.
    syllables = (abs(math.sin(4 * math.pi * n / RATE)) ** 3 for n in range(RATE * 2))
    tones = (math.sin(2 * math.pi * (280 + 60 * (n // 4000 % 3)) * n / RATE) for n in range(RATE * 2))
    write_wav(path, [12_000 * loud * tone for loud, tone in zip(syllables, tones, strict=True)])


def read_wav(path) -> list[int]:
    """The samples at our rate."""
    with wave.open(str(path)) as file:
        rate, frames = file.getframerate(), file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(frames) // 2}h", frames)
    return [samples[n * rate // RATE] for n in range(len(samples) * RATE // rate)]


def room_noise(kind: str, seconds: int = 4) -> list[float]:
    """A room in which nobody speaks: hiss (with a dropout), a fan whose hum swells, taps of a key, or somebody typing.

    Taps fall on the same part of a frame each time; typing falls on every part, so also across the border of two.
    """
    chance = random.Random(kind)
    samples = [chance.gauss(0, 800) for _ in range(RATE * seconds)]
    if kind == "a fan":
        fan = [2500 * (1 + 0.3 * math.sin(4 * n / RATE)) for n in range(len(samples))]
        return [chance.gauss(0, loud) + 2000 * math.sin(100 * math.pi * n / RATE) for n, loud in enumerate(fan)]
    if kind == "a dropout":
        samples[RATE : RATE + RATE * 3 // 40] = [0.0] * (RATE * 3 // 40)
    if kind in TAPS:
        for start in range(0, len(samples) - 400, TAPS[kind]):
            for n in range(400):
                samples[start + n] += chance.gauss(0, 8000) * math.exp(-n / 100)
    return samples


def write_wav(path, samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", max(-32768, min(32767, round(sample)))) for sample in samples))


@pytest.fixture(scope="module")
def microphone(tmp_path_factory):
    """What the microphone hears."""
    path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    write_speech(path)
    return path


@pytest.fixture(scope="module")
def browser_arguments(microphone):
    devices = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    return [*CHROMIUM_ARGUMENTS, *devices, f"--use-file-for-fake-audio-capture={microphone}"]


@pytest.fixture
def transcriber(fake_llm, settings):
    settings.COACH_TRANSCRIBE_MODEL = "whisper-1"
    settings.TRANSCRIBE_BASE_URL = fake_llm.url
    settings.TRANSCRIBE_API_KEY = "key"
    return fake_llm


@pytest.fixture
def answer_page(page, live_server, client, alice):
    """The page of a draft that says "In 2022 I led it. The end."; `show()` opens it."""
    attempt = make_attempt(alice, answer="In 2022 I led it. The end.")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])

    def show():
        page.goto(live_server.url + reverse("study:attempt_detail", args=[attempt.pk]))
        return page

    return show


def dictate(page, milliseconds=1500) -> None:
    page.get_by_role("button", name="Dictate").click()
    expect(page.get_by_text("Recording 0:0")).to_be_visible()
    page.wait_for_timeout(milliseconds)
    page.get_by_role("button", name="Stop").click()


def test_what_is_said_stands_at_the_cursor_and_can_be_taken_out_again(answer_page, transcriber):
    transcriber.transcript(HEARD)
    page = answer_page()
    field = page.get_by_label("Your answer")
    field.focus()
    field.evaluate("field => field.setSelectionRange(17, 17)")
    dictate(page)
    expect(field).to_have_value(f"In 2022 I led it. {HEARD} The end.")
    expect(page.locator("[data-draft-status]")).to_contain_text("Saved")
    recording = transcriber.requests[0].raw
    assert b"\x1a\x45\xdf\xa3" in recording
    assert len(recording) > 3000
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value("In 2022 I led it. The end.")


def test_the_browsers_own_undo_works_too(answer_page, transcriber):
    transcriber.transcript(HEARD)
    page = answer_page()
    dictate(page)
    field = page.get_by_label("Your answer")
    expect(field).to_have_value(f"In 2022 I led it. The end. {HEARD}")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("In 2022 I led it. The end.")


def test_recording_is_seen_and_heard_and_escape_stops_it(answer_page, transcriber):
    transcriber.transcript(HEARD)
    page = answer_page()
    button = page.get_by_role("button", name="Dictate")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#announcer")).to_contain_text("Recording. Escape stops.")
    page.wait_for_timeout(800)
    page.keyboard.press("Escape")
    expect(page.get_by_label("Your answer")).to_have_value(f"In 2022 I led it. The end. {HEARD}")


@pytest.mark.parametrize("fault", ["http_500", "html", "reset_at_once"])
def test_when_it_cannot_be_written_down_the_recording_stays(answer_page, transcriber, fault):
    transcriber.fault(fault, mode=TRANSCRIPTION)
    page = answer_page()
    dictate(page)
    expect(page.get_by_text("The recording is still here.").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it").click()
    assert download.value.suggested_filename == "dictation.webm"
    transcriber.transcript(HEARD)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("Your answer")).to_have_value(f"In 2022 I led it. The end. {HEARD}")
    expect(page.get_by_role("link", name="Download it")).to_have_count(0)
    assert transcriber.requests[0].raw[-2000:-200] == transcriber.requests[1].raw[-2000:-200]


def test_a_server_that_takes_too_long_leaves_the_recording_too(answer_page, transcriber, settings):
    settings.LLM_TOTAL_SECONDS = settings.LLM_FIRST_TOKEN_SECONDS = 0.5
    transcriber.fault("silence", mode=TRANSCRIPTION)
    page = answer_page()
    dictate(page)
    expect(page.get_by_text("took too long to answer").first).to_be_visible()
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_text("The recording is gone.").first).to_be_visible()


def test_an_unplugged_microphone_loses_nothing_that_was_said(answer_page, transcriber):
    transcriber.transcript(HEARD)
    page = answer_page()
    page.evaluate(
        """() => {
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (wish) => (window.heard = await ask(wish));
        }"""
    )
    page.get_by_role("button", name="Dictate").click()
    expect(page.get_by_text("Recording 0:0")).to_be_visible()
    page.wait_for_timeout(1200)
    page.evaluate("() => { const [track] = heard.getTracks(); track.stop(); track.dispatchEvent(new Event('ended')); }")
    expect(page.get_by_label("Your answer")).to_have_value(f"In 2022 I led it. The end. {HEARD}")


@pytest.mark.parametrize(
    ("name", "message"),
    [("NotAllowedError", "is blocked for this site"), ("NotFoundError", "No microphone was found")],
)
def test_no_microphone_is_told_in_words_that_help(answer_page, transcriber, name, message):
    page = answer_page()
    page.evaluate(
        "(name) => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)))", name
    )
    page.get_by_role("button", name="Dictate").click()
    expect(page.get_by_text(message).first).to_be_visible()
    expect(page.get_by_role("button", name="Dictate")).to_have_attribute("aria-pressed", "false")


def test_silence_is_noticed_before_anything_is_sent(answer_page, transcriber):
    page = answer_page()
    page.evaluate(
        """() => (navigator.mediaDevices.getUserMedia = async () => {
          const context = new AudioContext();
          const end = context.createMediaStreamDestination();
          const tone = context.createOscillator();
          const mute = context.createGain();
          mute.gain.value = 0;
          tone.connect(mute).connect(end);
          tone.start();
          return end.stream;
        })"""
    )
    dictate(page)
    expect(page.get_by_text("Nothing was heard: is the microphone muted?").first).to_be_visible()
    assert transcriber.requests == []


@pytest.fixture
def hearing(browser, browser_arguments, microphone, live_server, client, alice, tmp_path):
    """`hearing(samples)` opens the answer page in a browser whose microphone plays these."""
    attempt = make_attempt(alice, answer="In 2022 I led it. The end.")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    opened = []

    def open_page(samples):
        path = tmp_path / f"{len(opened)}.wav"
        write_wav(path, samples)
        arguments = [one.replace(str(microphone), str(path)) for one in browser_arguments]
        opened.append(browser.browser_type.launch(executable_path=shutil.which("chromium"), args=arguments))
        context = opened[-1].new_context()
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(live_server.url + reverse("study:attempt_detail", args=[attempt.pk]))
        return page

    yield open_page
    for one in opened:
        one.close()


@pytest.mark.parametrize("room", ["hiss", "a dropout", "a fan", "taps", "typing"])
def test_a_room_in_which_nobody_speaks_is_not_sent_unless_one_says_so(hearing, transcriber, room):
    page = hearing(room_noise(room))
    dictate(page, 2000)
    expect(page.get_by_text("Nothing was heard: only the room.").first).to_be_visible()
    assert transcriber.requests == []
    transcriber.transcript("Thank you for watching.")
    page.get_by_role("button", name="Send it anyway").click()
    expect(page.get_by_text("Nothing was heard: “Thank you for watching.”").first).to_be_visible()
    expect(page.get_by_role("link", name="Download it")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("In 2022 I led it. The end.")


def test_a_page_that_is_held_up_takes_no_room_for_a_voice(hearing, transcriber):
    page = hearing(room_noise("hiss"))
    page.get_by_role("button", name="Dictate").click()
    expect(page.get_by_text("Recording 0:0")).to_be_visible()
    processes = psutil.Process().children(recursive=True)
    renderers = [one for one in processes if "--type=renderer" in " ".join(one.cmdline())]
    assert renderers
    for _ in range(4):
        for change, seconds in ((psutil.Process.suspend, 0.2), (psutil.Process.resume, 0)):
            for one in renderers:
                with suppress(psutil.NoSuchProcess):  # the browser keeps some in reserve, and ends them
                    change(one)
            time.sleep(seconds)
        page.wait_for_timeout(200)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Nothing was heard: only the room.").first).to_be_visible()
    assert transcriber.requests == []


def test_who_speaks_in_a_noisy_room_or_softly_is_heard_and_what_was_left_out_is_told(hearing, microphone, transcriber):
    speech = read_wav(microphone)
    noisy = [word * 0.5 + room for word, room in zip(speech, room_noise("hiss", 8), strict=False)]
    for samples in (noisy, [word * 0.1 for word in speech]):
        page = hearing(samples)
        parts = (HEARD, 0.1, -0.2), (" Thank you for watching.", 0.8, -0.5)
        transcriber.transcript(f"{HEARD} Thank you for watching.", *parts)
        dictate(page)
        expect(page.get_by_label("Your answer")).to_have_value(f"In 2022 I led it. The end. {HEARD}")
        expect(page.get_by_text("without what sounded like nobody: “Thank you for watching.”").first).to_be_visible()
        page.get_by_role("button", name="Undo").click()


def test_without_a_model_the_browsers_own_recognition_writes(answer_page, page):
    page.add_init_script(
        """window.SpeechRecognition = window.webkitSpeechRecognition = class extends EventTarget {
          start() {
            this.dispatchEvent(new Event("start"));
            const result = Object.assign([{ transcript: " recognised words " }], { isFinal: true });
            this.dispatchEvent(Object.assign(new Event("result"), { results: [result], resultIndex: 0 }));
          }
          stop() { this.dispatchEvent(new Event("end")); }
        };"""
    )
    page = answer_page()
    page.get_by_role("button", name="Dictate").click()
    expect(page.get_by_label("Your answer")).to_have_value("In 2022 I led it. The end. recognised words")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Dictate")).to_be_visible()


def test_without_model_and_recognition_there_is_no_microphone(answer_page, page):
    page.add_init_script("delete window.SpeechRecognition; delete window.webkitSpeechRecognition;")
    page = answer_page()
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    expect(page.get_by_role("button", name="Dictate")).to_have_count(0)
