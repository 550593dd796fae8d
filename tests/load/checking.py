"""Whether the database holds exactly what each candidate was told: nothing lost, doubled or stuck.

`diary` is what the candidates wrote down (tests/load/diary.py), `stored` what tests/load/stored.py read afterwards, and
`calls` what the model wrote down (tests/load/model_server.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

Lines = list[dict[str, Any]]


def what_is_wrong(diary: Lines, stored: dict[str, Any], calls: Lines) -> list[str]:
    """A sentence for each thing that is not as somebody was told; none when all is right."""
    told: dict[str, Lines] = defaultdict(list)
    for line in diary:
        if line["kind"] == "told":
            told[line["what"]].append(line)
    return [
        *_answers(told, stored["attempts"]),
        *_marks(told["marked"], stored["attempts"]),
        *_sessions(told, stored["sessions"]),
        *_messages(told, stored["messages"]),
        *_paid_twice(calls),
        *(f"stuck: {row}" for row in stored["waiting"]),
    ]


def _answers(told: dict[str, Lines], attempts: Lines) -> Iterator[str]:
    """Each answer that was called saved is there once, with its words and its owner; and no other one is there."""
    found = Counter((row["who"], row["text"]) for row in attempts)
    sent = {(line["who"], line["text"]) for line in (*told["saved"], *told["unsure"])}
    for line in told["saved"]:
        if not found[line["who"], line["text"]]:
            yield f"lost: the answer {line['attempt']} of {line['who']}, who was told that it is saved"
    for (who, text), times in found.items():
        if times > 1:
            yield f"doubled: an answer of {who} is there {times} times"
        if (who, text) not in sent:
            yield f"not theirs: {who} has an answer that they did not send"


def _marks(told: Lines, attempts: Lines) -> Iterator[str]:
    scores = {(row["who"], row["pk"]): row["score"] for row in attempts}
    for line in told:
        stored = scores.get((line["who"], line["attempt"]))
        if stored != line["score"]:
            yield f"lost: the mark of answer {line['attempt']}; {line['who']} was told {line['score']}, not {stored}"


def _sessions(told: dict[str, Lines], sessions: Lines) -> Iterator[str]:
    """Each session that began is there, and no other one; what ended has its summary, or one that is to come."""
    begun = {(line["who"], line["session"]) for line in told["begun"]}
    found = {(row["who"], row["pk"]): row for row in sessions}
    for who, pk in sorted(begun - set(found)):
        yield f"lost: session {pk} of {who}"
    for who, pk in sorted(set(found) - begun):
        yield f"doubled: session {pk} of {who}, who did not begin it"
    for line in told["ended"]:
        row = found.get((line["who"], line["session"]))
        if row is not None and not (row["ended"] and row["summary"]):
            yield f"lost: the end of session {row['pk']} of {row['who']}"


def _messages(told: dict[str, Lines], messages: Lines) -> Iterator[str]:
    """Each line to the coach is there once, and has its answer where somebody read one; a constraint forbids two."""
    found = Counter((row["who"], row["text"]) for row in messages if row["author"] == "candidate")
    for line in told["said"]:
        times = found[line["who"], line["text"]]
        if times != 1:
            yield f"{'doubled' if times else 'lost'}: a message of {line['who']} is there {times} times"
    said = [(row["who"], row["text"]) for row in messages]
    for line in told["answered"]:
        if not any(who == line["who"] and line["call"] in text for who, text in said):
            yield f"lost: the coach's answer to {line['who']}, {line['call']}"


def _paid_twice(calls: Lines) -> Iterator[str]:
    """The model answered no text twice as a whole, though it may have been asked again for what came broken."""
    answered = Counter(
        call["marker"]
        for call in calls
        if call["mode"] in ("evaluate_answer", "plan_chat") and call["marker"] and not call["fault"]
    )
    stopped = {call["marker"] for call in calls if call.get("gone")}
    for marker, times in answered.items():
        if times > 1 and marker not in stopped:
            yield f"paid twice: the model answered {marker} {times} times"
