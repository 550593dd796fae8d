"""A model that needs minutes, under the program as `make run` starts it. `make faults` runs it, in some six minutes.

A candidate asks for a plan, and closes the tab; the model needs five minutes for it. Meanwhile another candidate waits
for a mark, and the web process that asks for it is killed. Wanted: the other candidate's page says so within a minute,
and another try gets the mark; the plan is there in the end; the model was asked once for the plan, and twice for the
mark.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.fake_llm import FakeLLM, Handler, Request, a_mark, a_plan, a_topic, completion
from tests.stack.serving import Stack
from tests.stack.test_whole_loop_by_http import ANSWER, agree_on_a_plan, answer_everything, free_port
from tests.stack.visitor import Visitor

NOTICED = 60  # seconds, at most
NO_MARK_YET = "Your answer is saved, but has no mark yet"


class SlowReply:
    """A reply whose first words come after `seconds`; it knows which process waits for it."""

    def __init__(self, content: Any, seconds: float) -> None:
        self.content, self.seconds = content, seconds
        self.port = 0

    def __call__(self, handler: Handler, request: Request) -> None:
        self.port = handler.client_address[1]

        def pieces() -> Iterator[str]:
            handler.pause(self.seconds)
            yield from self.content

        with suppress(OSError):  # who asked has been killed
            completion(pieces=pieces, pace=2.0)(handler, request)

    def asker(self, stack: Stack) -> psutil.Process:
        """The process of the stack that has sent the request."""
        until_so(lambda: self.port, 30)
        return next(process for process in stack.processes() if self.port in ports_of(process))


def ports_of(process: psutil.Process) -> set[int]:
    """Those from which the process is connected to others."""
    with suppress(psutil.Error):
        return {one.laddr.port for one in process.net_connections(kind="tcp") if one.raddr}
    return set()


def until_so(happened: Callable[[], Any], seconds: float) -> float:
    """Wait until it has happened; the seconds that it took. Raises TimeoutError."""
    since = time.monotonic()
    while not happened():
        if time.monotonic() - since > seconds:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(0.5)
    return time.monotonic() - since


def in_parts(content: Any) -> list[str]:
    """The JSON of a reply in three parts."""
    text = json.dumps(content)
    third = len(text) // 3
    return [text[:third], text[third : 2 * third], text[2 * third :]]


def ask_and_leave(visitor: Visitor, action: str) -> None:
    """Send the form as a page does, and close the tab two seconds later."""
    form = visitor.form(action)
    fields = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
    with suppress(requests.Timeout):
        visitor.browser.session.post(visitor.browser.absolute_url(form["action"]), data=fields, timeout=2)


def want_a_plan(visitor: Visitor) -> None:
    """A candidate of their own, as far as the proposal that waits to be written."""
    visitor.open("/join/")
    visitor.send("/join/", username="patient", password="kelp-Xanthos-92", name="Patient")
    visitor.send("/plan/chat/$", text="I want to keep a lighthouse.")
    visitor.send("/plan/chat/reply/")


def hand_in(visitor: Visitor) -> None:
    """An answer that waits for its mark."""
    visitor.open("/")
    visitor.send("/sessions/$")
    visitor.send("/questions/own/", text="What did you do in that night?")
    visitor.send("/submission/", raw_answer=ANSWER)


def wait_in_another_process(visitor: Visitor, stack: Stack, fake: FakeLLM, than: psutil.Process) -> psutil.Process:
    """Ask for the mark until another web process than this one has got the request; that process."""
    while True:
        slow = SlowReply(in_parts(a_mark()), 900)
        fake.play(slow, mode="evaluate_answer")
        ask_and_leave(visitor, "/feedback/$")
        asker = slow.asker(stack)
        if asker != than:
            return asker
        visitor.open(visitor.path)
        visitor.send("/feedback/stop/")


def run(folder: Path, seconds: float) -> bool:
    """Prints what came of it; True when it is as it has to be."""
    with FakeLLM() as fake:
        answer_everything(fake)
        own = {"COACH_LLM_TOTAL_SECONDS": "900", "COACH_LLM_FIRST_TOKEN_SECONDS": "900"}
        with Stack(folder / "data", free_port(), OPENAI_API_KEY="any", OPENAI_BASE_URL=fake.url, **own) as stack:
            stack.wait_until_ready()
            stack.read_on()
            other, patient = Visitor(stack.url), Visitor(stack.url)
            agree_on_a_plan(other)
            hand_in(other)
            want_a_plan(patient)
            two_topics = a_plan(a_topic("Lamps", minutes=20), a_topic("Storms", priority=2, minutes=10))
            plan = SlowReply(in_parts(two_topics), seconds)
            fake.play(plan, mode="suggest_plan")
            plans_before, since = len(fake.asked("suggest_plan")), time.monotonic()
            ask_and_leave(patient, "/suggestion/$")
            writer = plan.asker(stack)
            killed = wait_in_another_process(other, stack, fake, writer)
            time.sleep(20)  # the lease is renewed
            marks_before = len(fake.asked("evaluate_answer"))
            killed.kill()
            noticed = until_so(lambda: shows(other, NO_MARK_YET), 90)
            other.send("/feedback/$")
            marks = len(fake.asked("evaluate_answer")) - marks_before
            marked = "7 out of 10" in other.text
            until_so(lambda: shows(patient, "is ready to read"), seconds + 120)
            took, plans = time.monotonic() - since, len(fake.asked("suggest_plan")) - plans_before
    print(f"a killed web process: noticed after {noticed:.0f} s, then marked: {marked}, with {marks} call")
    print(f"a plan that takes {seconds:.0f} s, its tab closed: there after {took:.0f} s, with {plans} call")
    return noticed <= NOTICED and marked and marks == plans == 1


def shows(visitor: Visitor, words: str) -> bool:
    """Whether the page, opened anew, has these words; False while nobody answers."""
    with suppress(requests.ConnectionError):
        visitor.open(visitor.path)
        return visitor.shows(words)
    return False


def main() -> None:
    """Run it, and say by the exit code what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="what the model needs for the plan")
    with tempfile.TemporaryDirectory(prefix="coach-slow-") as folder:
        sys.exit(0 if run(Path(folder), parser.parse_args().seconds) else 1)


if __name__ == "__main__":
    from tests import environment

    environment.prepare()
    main()
