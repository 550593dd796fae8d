"""A model over HTTP that takes its time and fails now and then, in a process of its own.

A call takes 1 to 8 s, and its first word a third of that, unless it is told otherwise; the rest comes word by word.
Two of a hundred calls fail, in several ways, and half of these fail again when they are asked once more at once, so
that a candidate sees some of the failures. Of each call a line of JSON is written: what it was about, what became of
it, and how long the model itself took.
"""

import argparse
import itertools
import json
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.environment import ROOT
from tests.fake_llm import FAULTS, MODEL, FakeLLM, Handler, Request, a_chat_reply, a_mark, a_reply_to
from tests.load.words import marked, some_words

# What goes wrong: the server, too many calls, JSON that ends too early, a connection that ends before or in the reply.
KINDS = ("http_500", "http_429_retry_after", "malformed_json", "reset_at_once", "reset_mid_reply", "not_json_content")
RETRY_AFTER = 1.0  # seconds that http_429_retry_after asks for: they are the model's own


class Model:
    """Plays every call. `log` gets a line for each."""

    def __init__(self, log: Any, told: argparse.Namespace) -> None:
        self.log, self.least, self.most = log, told.least, told.most
        self.first_word, self.faults, self.only = told.first_word, told.faults, told.only
        self.random, self.numbers = random.Random(told.seed), itertools.count(1)
        self.lock = threading.Lock()
        self.again: dict[str, str] = {}

    def __call__(self, handler: Handler, request: Request) -> None:
        began = time.monotonic()
        with self.lock:
            number, seconds = next(self.numbers), self.random.uniform(self.least, self.most)
            seconds = seconds if self.only in ("", request.mode) else 0.0
            fault = self._fault(request.prompt)
        call = {"call": f"call-{number}", "mode": request.mode, "marker": marked(request.user), "fault": fault}
        call["prompt"] = sha256(request.user.encode()).hexdigest()[:16]
        try:
            if fault:
                handler.pause(seconds * self.first_word)
                FAULTS[fault](handler, request)
            else:
                self._answer(handler, request, call["call"], seconds)
        except OSError:
            call["gone"] = not fault  # who asked went away before the reply was whole
        finally:
            ended = time.monotonic()
            own = ended - began + (RETRY_AFTER if fault == "http_429_retry_after" else 0.0)
            with self.lock:
                self.log.write(json.dumps({**call, "began": began, "ended": ended, "own": own}) + "\n")
                self.log.flush()

    def _fault(self, prompt: str) -> str:
        """The fault that this call gets, or ""."""
        if prompt in self.again:
            return self.again.pop(prompt)
        if self.random.random() >= self.faults:
            return ""
        kind = self.random.choice(KINDS)
        if self.random.random() < 0.5:
            self.again[prompt] = kind
        return kind

    def _answer(self, handler: Handler, request: Request, call: str, seconds: float) -> None:
        """Stream the reply word by word, by little work: this process shares its cores with the program."""
        reply = json.dumps(reply_to(request, call), ensure_ascii=False)
        words = re.findall(r"\S+\s*", reply)
        handler.pause(seconds * self.first_word)
        handler.start_stream()
        pace, until = seconds * (1 - self.first_word) / len(words), time.monotonic()
        for word in words:
            handler.send_chunk(_event({"delta": {"content": word}, "finish_reason": None}))
            until += pace
            if until > time.monotonic():
                handler.pause(until - time.monotonic())
        handler.send_chunk(_event({"delta": {}, "finish_reason": "stop"}))
        usage = {"prompt_tokens": len(request.raw) // 4, "completion_tokens": len(reply) // 4}
        handler.send_chunk(_event(None, usage=usage) + b"data: [DONE]\n\n")
        handler.send_chunk(b"")


def _event(choice: dict[str, Any] | None, **more: Any) -> bytes:
    """An event of the stream, as OpenAI sends it."""
    choices = [] if choice is None else [{"index": 0, **choice}]
    body = {"id": "chatcmpl-load", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": choices}
    return f"data: {json.dumps({**body, **more})}\n\n".encode()


def score_of(call: str) -> int:
    """The mark that this call gives, 3 to 8."""
    return 3 + sum(call.encode()) % 6


def reply_to(request: Request, call: str) -> dict[str, Any]:
    """A valid reply in which the call's name stands, where a candidate gets to read it."""
    if request.mode == "plan_chat":
        return a_chat_reply(f"Let us look at that together. What would change for you? {call}")
    if request.mode == "evaluate_answer":
        return a_mark(score_of(call), positive_feedback=[f"You named a concrete project, {call}."])
    if request.mode == "generate_questions":
        return {"questions": [_question(call, number) for number in range(1, 6)]}
    return a_reply_to(request)


def _question(call: str, number: int) -> dict[str, Any]:
    how = {"status": "new", "redo_reason": None, "redo_of": None, "serves": None}
    return {
        "question": f"{some_words(f'{call} {number}', 9).capitalize()}, as in {call}?",
        "difficulty": ("easy", "medium", "hard")[number % 3],
        "kind": "technical",
        "looks_for": ["where it began", "what came of it"],
        **how,
    }


@contextmanager
def running(log: Path, *options: str) -> Iterator[str]:
    """The server in a process of its own, which writes to `log`; gives its address."""
    command = [sys.executable, "-m", "tests.load.model_server", str(log), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()  # for which it waits
        process.wait(10)


def calls_of(log: Path) -> list[dict[str, Any]]:
    """Each call so far: call, mode, marker, prompt (a digest), fault, began, ended (time.monotonic()), own (seconds).

    `gone`: who asked went away.
    """
    return [json.loads(line) for line in log.read_text().splitlines()]


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--least", type=float, default=1.0, help="seconds of the fastest call")
    parser.add_argument("--most", type=float, default=8.0, help="seconds of the slowest call")
    parser.add_argument("--first-word", type=float, default=1 / 3, help="the share of it until the first word comes")
    parser.add_argument("--faults", type=float, default=0.02, help="the share of calls that fail")
    parser.add_argument("--only", default="", help="the one mode that takes its time; without it all do")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    with told.log.open("w") as log, FakeLLM() as server:
        server._standing[None] = Model(log, told)
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
