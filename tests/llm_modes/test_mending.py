"""Harmless deviations of a reply are mended, harmful ones refused: the table of docs/replies.md, over real HTTP.

Each row is tried in every mode whose reply has such a field. Mended: one request, and the reply that was meant.
Refused: asked again, and never accepted.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from llm_modes.catalogue import MODES
from llm_modes.failures import LLMFailure
from llm_modes.language.shapes import Choice, Many, Parts, Shape, Text, Whole, shape_of
from llm_modes.models import LLMCall
from llm_modes.provider import client
from tests.factories import make_user
from tests.fake_llm import a_plan_change, a_question, a_topic, example_reply, some_questions
from tests.llm_modes.checking import inputs_for, read

pytestmark = pytest.mark.django_db

Reply = dict[str, Any]
Path = tuple[str | int, ...]
MOST_QUESTIONS = shape_of(MODES["generate_questions"].reply).parts["questions"].shape.most
REDO = [{"number": 1, "question": "Describe your biggest mistake.", "last_score": 3, "reason": "weak_answer"}]
REDOING = {"redo_candidates": REDO}


def a_full_reply(mode: str) -> Reply:
    """A valid reply of the mode with two or more items in each list that may have them."""
    reply = example_reply(mode)
    if mode == "evaluate_answer":
        lists = {name: ["Name the result.", "Say what you did."] for name in ("positive_feedback", "improvement_areas")}
        anchor = reply["anchors"][0]
        return reply | lists | {"anchors": [anchor, anchor | {"name": "Another one"}, anchor | {"name": "A third"}]}
    if mode == "suggest_plan_changes":
        plan = MODES[mode].example.inputs.plan
        return a_plan_change(*plan)
    if mode == "generate_questions":
        return some_questions(
            *(a_question(f"What did you learn about {name}?") for name in ("caches", "queues", "locks", "tests"))
        )
    if mode == "build_story":
        section = {"heading": "Action", "points": ["You found the slow query.", "You added an index."]}
        return reply | {
            "sections": [section, section | {"heading": "Result"}, section | {"heading": "Lesson"}],
            "gaps": ["Give a figure.", "Name the team."],
        }
    if mode == "reconcile_session":
        focus = reply["next_focus"][0]
        return reply | {
            "next_focus": [focus, focus | {"focus": "Name your own part"}, focus | {"focus": "End on time"}]
        }
    return reply


def fields_of(shape: Parts, value: Reply, path: Path = ()) -> Iterator[tuple[Path, Shape]]:
    """Where each field of a reply stands, and its shape; of a list its first item's."""
    for name, part in shape.parts.items():
        if part.overwritten or name not in value:
            continue
        yield (*path, name), part.shape
        inner, at = value[name], (*path, name)
        if isinstance(part.shape, Parts):
            yield from fields_of(part.shape, inner, at)
        if isinstance(part.shape, Many) and isinstance(part.shape.item, Parts) and inner:
            yield from fields_of(part.shape.item, inner[0], (*at, 0))


def put(value: Any, path: Path, change: Callable[[Any], Any]) -> Any:
    """A copy of the value in which what stands at the path is changed."""
    if not path:
        return change(value)
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = put(value[path[0]], path[1:], change)
    return copy


def where(mode: str, wanted: Callable[[Shape, Any], bool]) -> list[Path]:
    """The places of a mode's reply whose shape and value are wanted."""
    reply = a_full_reply(mode)
    places = fields_of(shape_of(MODES[mode].reply), reply)
    return [path for path, shape in places if wanted(shape, at(reply, path))]


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def ask(mode: str, inputs: Any = None) -> Any:
    mode_asked = MODES[mode]
    asked = inputs or mode_asked.example.inputs
    return client.ask(mode_asked, asked, candidate=make_user(), stage=mode_asked.stages[0]).reply.model_dump()


# --- what is mended in the text --------------------------------------------------------------------------------------


def quoted_curly(text: str) -> str:
    return "".join(
        "“" if sign == '"' and text[place - 1] in " {[" else "”" if sign == '"' else sign
        for place, sign in enumerate(text)
    )


TEXTS: dict[str, Callable[[str], str]] = {
    "fence": lambda text: f"```json\n{text}\n```",
    "thinking": lambda text: f"<think>Perhaps {{so}}?</think>{text}",
    "thinking, tagged otherwise": lambda text: f"<thinking>Perhaps {text}?</thinking>{text}",
    "thinking, unopened": lambda text: f"Perhaps {{so}}?</think>{text}",
    "thinking behind the answer": lambda text: f"{text}\n<think>Was that {{so}}?</think>",
    "prose with braces": lambda text: f"Here is {{the}} answer: {text} hope {{this}} helps",
    "two objects": lambda text: f"{text}\n{text}",
    "an example first": lambda text: f'For example: {{"score": 1, "reply": "x"}}\n{text}',
    "wrapper": lambda text: json.dumps({"result": json.loads(text)}),
    "wrapper that is a list": lambda text: f"[{text}]",
    "JSON in a string": json.dumps,
    "trailing commas": lambda text: text.replace("]", ",]").replace("[,]", "[]").replace("}", ",}"),
    "raw newlines": lambda text: re.sub("(?<=[a-z]) (?=[a-z])", "\n", text, count=1),
    "curly quotation marks": quoted_curly,
    "single quotation marks": lambda text: repr(json.loads(text)),
    "comments": lambda text: "{ // the answer\n" + text[1:],
    "no last brace": lambda text: text[:-1],
    "backslashes before all quotation marks": lambda text: f"```json\n{json.dumps(text)[1:-1]}\n```",
    "colons and commas of Chinese": lambda text: text.replace('": ', '"：').replace('", "', '"，"'),
}


def blanks_folded(reply: Any) -> Any:
    return json.loads(json.dumps(reply).replace(r"\n", " "))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("deviation", TEXTS)
def test_in_the_text_is_mended(fake_llm, mode, deviation):
    reply = a_full_reply(mode)
    meant = read(mode, reply).model_dump()
    fake_llm.reply(TEXTS[deviation](json.dumps(reply, ensure_ascii=False)))
    assert blanks_folded(ask(mode)) == blanks_folded(meant)
    [call] = LLMCall.objects.all()
    assert (call.outcome, call.mended > 0) == ("ok", True)


# --- what is mended in the fields ------------------------------------------------------------------------------------


def is_list_of(kind: type[Shape]) -> Callable[[Shape, Any], bool]:
    return lambda shape, value: isinstance(shape, Many) and isinstance(shape.item, kind) and bool(value)


def droppable(shape: Shape, value: Any) -> bool:
    return isinstance(shape, Many) and not shape.every_one and len(value) > max(1, shape.least)


def is_list_that_may_be_empty(shape: Shape, value: Any) -> bool:
    return droppable(shape, value) and not shape.least and not getattr(shape.item, "may_say_none", False)


def in_words(value: str) -> str:
    return value.replace("_", " ").title()


# A deviation: where it may be, what is written there instead, and what is meant by it (None: what stood there).
Field = tuple[Callable[[Shape, Any], bool], Callable[[Any], Any], Callable[[Any], Any] | None]


def is_whole_number(shape: Shape, _value: Any) -> bool:
    return isinstance(shape, Whole) and not shape.optional


FIELDS: dict[str, Field] = {
    "number as text": (is_whole_number, str, None),
    "number with a nought": (is_whole_number, float, None),
    "number with a part": (
        lambda shape, value: is_whole_number(shape, value) and value < 10,
        lambda value: value + 0.5,
        None,
    ),
    "mark out of ten": (
        lambda shape, _value: isinstance(shape, Whole) and shape.most == 10,
        lambda value: f"{value}/10",
        None,
    ),
    "null for a list": (
        # Not the questions: a list of none is refused by its own check.
        lambda shape, _value: isinstance(shape, Many) and shape.least == 0 and shape.most != MOST_QUESTIONS,
        lambda _value: None,
        lambda _value: [],
    ),
    "bare text for a list": (is_list_of(Text), lambda value: value[0], lambda value: value[:1]),
    "bare object for a list": (
        lambda shape, value: is_list_of(Parts)(shape, value) and shape.least < 2 and len(value) == 1,
        lambda value: value[0],
        None,
    ),
    "blank items": (is_list_of(Text), lambda value: ["", *value, " "], None),
    "null items": (is_list_of(Shape), lambda value: [None, *value], None),
    "items too many": (
        lambda shape, value: isinstance(shape, Many) and not shape.every_one and bool(value),
        lambda value: value + value[-1:] * 16,
        None,  # see below: cut to the most
    ),
    "a broken item": (droppable, lambda value: [*value, 5], None),
    "an item that lacks something": (
        lambda shape, value: droppable(shape, value) and isinstance(shape.item, Parts),
        lambda value: [*value, dict(list(value[0].items())[:1])],
        None,
    ),
    "a list as JSON in a text": (is_list_of(Shape), json.dumps, None),
    "an object as JSON in a text": (lambda shape, _value: isinstance(shape, Parts), json.dumps, None),
    "items as JSON in texts": (is_list_of(Parts), lambda value: [json.dumps(one) for one in value], None),
    "a name and a text for an object of two texts": (
        lambda shape, value: is_list_of(Parts)(shape, value) and set(value[0]) == {"name", "anchor"},
        lambda value: {one["name"]: one["anchor"] for one in value},
        None,
    ),
    "a sign for nothing in an item": (is_list_that_may_be_empty, lambda value: [*value, "…", "-"], None),
    "signs around a choice": (
        lambda shape, value: isinstance(shape, Choice) and bool(value),
        lambda value: f"**`{value}`**",
        None,
    ),
    "signs around a number": (is_whole_number, lambda value: f"**{value}**", None),
    "a number by its name": (
        lambda shape, _value: isinstance(shape, Whole) and shape.most == 10,
        lambda value: f"Score: {value} / 10.0 points",
        None,
    ),
    "a number in another language": (
        lambda shape, _value: isinstance(shape, Whole) and shape.most == 10,
        lambda value: f"{value} von 10",
        None,
    ),
    "minutes a day": (
        lambda shape, _value: isinstance(shape, Whole) and "daily" in shape.units and not shape.optional,
        lambda value: f"{value} min/day",
        None,
    ),
    "a line for an object of two texts": (
        lambda shape, value: (
            is_list_of(Parts)(shape, value)
            and len(value[0]) == 2
            and all(isinstance(one, str) for one in value[0].values())
        ),
        lambda value: [": ".join(one.values()) for one in value],
        None,
    ),
    "capitals in a choice": (
        lambda shape, value: isinstance(shape, Choice) and bool(value),
        lambda value: value.upper(),
        None,
    ),
    "spaces in a choice": (lambda shape, value: isinstance(shape, Choice) and bool(value), in_words, None),
    "hyphens in a choice": (
        lambda shape, value: isinstance(shape, Choice) and bool(value),
        lambda value: value.replace("_", "-") + ".",
        None,
    ),
    "nothing for null": (lambda shape, _value: shape.optional, lambda _value: "", lambda _value: None),
    "a word for null": (lambda shape, _value: shape.optional, lambda _value: "N/A", lambda _value: None),
    "a sign for null": (lambda shape, _value: shape.optional, lambda _value: "–", lambda _value: None),
    "words for what nobody told": (
        lambda shape, _value: shape.optional,
        lambda _value: "Not specified.",
        lambda _value: None,
    ),
}
FIELD_ROWS = [
    pytest.param(mode, path, deviation, id=f"{deviation}-{mode}-{'.'.join(map(str, path))}")
    for deviation, (wanted, _said, _meant) in FIELDS.items()
    for mode in MODES
    for path in where(mode, wanted)
]


@pytest.mark.parametrize(("mode", "path", "deviation"), FIELD_ROWS)
def test_in_a_field_is_mended(fake_llm, mode, path, deviation):
    reply = a_full_reply(mode)
    _wanted, said, meant = FIELDS[deviation]
    fake_llm.reply(put(reply, path, said))
    answer = ask(mode)
    if deviation == "items too many":
        most = dict(fields_of(shape_of(MODES[mode].reply), reply))[path].most
        assert len(at(answer, path)) <= most
        assert at(answer, path)[: len(at(reply, path))] == at(read(mode, reply).model_dump(), path)[:most]
    else:
        assert answer == read(mode, put(reply, path, meant or (lambda value: value))).model_dump()
    [call] = LLMCall.objects.all()
    assert (call.outcome, call.mended > 0) == ("ok", True)


@pytest.mark.parametrize("mode", MODES)
def test_names_in_another_case_are_mended(fake_llm, mode):
    reply = a_full_reply(mode)
    fake_llm.reply({name.replace("_", " ").title(): value for name, value in reply.items()})
    assert ask(mode) == read(mode, reply).model_dump()
    assert len(fake_llm.requests) == 1


@pytest.mark.parametrize(
    "written",
    [
        json.dumps,
        lambda questions: f"Here they are:\n```json\n{json.dumps(questions, indent=1)}\n```",
        lambda questions: "\n".join(map(json.dumps, questions)),
        lambda questions: f"<think>[{{}}]</think>{json.dumps(questions)}",
    ],
)
def test_a_list_without_the_object_around_it_is_the_reply_that_has_nothing_else(fake_llm, written):
    reply = a_full_reply("generate_questions")
    fake_llm.reply(written(reply["questions"]))
    assert ask("generate_questions") == read("generate_questions", reply).model_dump()
    [call] = LLMCall.objects.all()
    assert (call.outcome, call.mended > 0) == ("ok", True)


def test_that_nothing_is_known_may_be_null(fake_llm):
    fake_llm.reply(a_full_reply("plan_chat") | {"known": None})
    assert set(ask("plan_chat")["known"].values()) == {None}
    assert len(fake_llm.requests) == 1


@pytest.mark.parametrize("number", [1.5, "1.5", "1.9/2", True])
def test_what_is_no_number_of_the_list_is_no_redo(fake_llm, number):
    """It is dropped where enough is left; never rounded to another one."""
    redo = a_question("Another wording?", status="redo", redo_of=number)
    fake_llm.reply(some_questions(redo, *a_full_reply("generate_questions")["questions"]))
    questions = ask("generate_questions", inputs_for("generate_questions", **REDOING))["questions"]
    assert {question["status"] for question in questions} == {"new"}


@pytest.mark.parametrize("value", [0, 11, "often", None, True, [], "MISSING"])
@pytest.mark.parametrize("field", ["attempts", "best_score"])
def test_a_number_that_code_overwrites_is_not_looked_at(fake_llm, field, value):
    reply = a_full_reply("reconcile_session")
    [practised] = reply["question_attempts"]
    rest = {name: part for name, part in practised.items() if name != field}
    fake_llm.reply(reply | {"question_attempts": [rest if value == "MISSING" else rest | {field: value}]})
    assert ask("reconcile_session")["question_attempts"][0]["question"] == practised["question"]
    assert len(fake_llm.requests) == 1


@pytest.mark.parametrize(
    "wrong", [{"question": ""}, {"question": "word " * 40}, {"redo_reason": "because"}, {"question": None}]
)
def test_what_code_overwrites_of_a_redo_is_not_looked_at(fake_llm, wrong):
    redo = a_question("Another wording?", status="redo", redo_of=1) | wrong
    fake_llm.reply(some_questions(redo, *a_full_reply("generate_questions")["questions"]))
    first = ask("generate_questions", inputs_for("generate_questions", **REDOING))["questions"][0]
    assert (first["question"], first["redo_reason"]) == (REDO[0]["question"], REDO[0]["reason"])
    assert len(fake_llm.requests) == 1


# --- what is refused -------------------------------------------------------------------------------------------------


def a_refused(mode: str, **fields: Any) -> tuple[str, Any]:
    return mode, a_full_reply(mode) | fields


def with_topics(*minutes: int, total: int = 45, **fields: Any) -> Reply:
    topics = [a_topic(f"Topic {place}", priority=place, minutes=each) | fields for place, each in enumerate(minutes, 1)]
    overview = example_reply("suggest_plan")["plan_overview"] | {"total_daily_minutes": total}
    return {"plan_overview": overview, "plan_topics": topics}


def a_changed_plan(*changes: tuple[str, str], minutes: int) -> Reply:
    first, *others = MODES["suggest_plan_changes"].example.inputs.plan
    changed = first.as_json() | {"daily_study_minutes": first.daily_study_minutes + minutes}
    return a_plan_change(changed, *others, changes=list(changes))


FIRST = MODES["suggest_plan_changes"].example.inputs.plan[0].name
QUESTIONS = a_full_reply("generate_questions")["questions"]
REFUSED: dict[str, tuple[str, Any]] = {
    "no object at all": ("plan_chat", "I would rather talk about the weather."),
    "a thought without an end": ("evaluate_answer", f"<think>{json.dumps(example_reply('evaluate_answer'))}"),
    "a reply that stops in the middle": ("build_story", json.dumps(a_full_reply("build_story"))[:-40]),
    "a mark of 0": a_refused("evaluate_answer", score=0),
    "a mark of 11": a_refused("evaluate_answer", score=11),
    "a mark of 12/10": a_refused("evaluate_answer", score="12/10"),
    "a mark of 10.5": a_refused("evaluate_answer", score=10.5),
    "a mark out of five": a_refused("evaluate_answer", score="4.5 of 5"),
    "true for a mark": a_refused("evaluate_answer", score=True),
    "no mark": a_refused("evaluate_answer", score=None),
    "fewer good items than the least": ("generate_questions", some_questions(QUESTIONS[0], *[{"status": "new"}] * 3)),
    "more broken items than good ones": a_refused("evaluate_answer", anchors=[{"name": "Own part"}] * 3),
    "no section of a story": a_refused("build_story", sections=[]),
    "a choice that is none of them": a_refused("plan_chat", action="sing"),
    "an action that is not allowed": a_refused("plan_chat", action="suggest_plan"),
    "a redo that is not on the list": (
        "generate_questions",
        some_questions(a_question("Why?", status="redo", redo_of=7), *QUESTIONS),
    ),
    "sums of a plan": ("suggest_plan", with_topics(20, 20, total=45)),
    "sums of a plan, rounded down": ("suggest_plan", with_topics(22.5, 22.5, total=45)),
    "a broken topic of a plan": (
        "suggest_plan",
        put(with_topics(15, 15, 15), ("plan_topics", 2, "name"), lambda _name: ""),
    ),
    "topics too many": ("suggest_plan", with_topics(*[5] * 9)),
    "a change without its reason": ("suggest_plan_changes", a_changed_plan(minutes=-5)),
    "a reason without its change": ("suggest_plan_changes", a_changed_plan((FIRST, "more_time"), minutes=0)),
    "a change whose reason is blank": (
        "suggest_plan_changes",
        put(a_changed_plan((FIRST, "less_time"), minutes=-5), ("changes", 0, "reason"), lambda _reason: " "),
    ),
    **{
        f"a change whose reason is {said!r}": (
            "suggest_plan_changes",
            put(
                a_changed_plan((FIRST, "less_time"), minutes=-5),
                ("changes", 0, "reason"),
                lambda _reason, said=said: said,
            ),
        )
        for said in ("…", "-", "None.", "N/A", "not specified", "string")
    },
    "time without end": a_refused("plan_chat", known={"daily_minutes": float("inf")}),
    "no number for time": a_refused("plan_chat", known={"daily_minutes": float("nan")}),
    "a mark without end": a_refused("evaluate_answer", score=float("inf")),
    "a mark of another scale in another language": a_refused("evaluate_answer", score="4 von 5"),
    "a mark from a range": a_refused("evaluate_answer", score="7 to 10"),
    "a list that lacks its end": ("generate_questions", json.dumps(QUESTIONS)[:-1]),
    "a list in no notation that is JSON": a_refused("evaluate_answer", improvement_areas="['Name the result.']"),
}


@pytest.mark.parametrize("deviation", REFUSED)
def test_is_refused(fake_llm, deviation):
    mode, reply = REFUSED[deviation]
    for _asked_twice in range(2):
        fake_llm.reply(reply)
    with pytest.raises(LLMFailure, match="invalid_reply"):
        ask(mode)
    assert {call.mended for call in LLMCall.objects.exclude(outcome="ok")} == {0}


@pytest.mark.parametrize("mode", ["plan_chat", "evaluate_answer", "build_story", "reconcile_session"])
def test_texts_that_a_grammar_ended_at_their_bound_are_clipped(fake_llm, mode):
    reply, schema = a_full_reply(mode), MODES[mode].reply.model_json_schema()
    places = where(mode, lambda shape, value: isinstance(shape, Text) and isinstance(value, str))
    for path in places:
        bound = the_schema_of(schema, path)["maxLength"]
        reply = put(reply, path, lambda _said, most=bound: ("so " * most)[:most])
    fake_llm.reply(reply)
    answer = ask(mode)
    assert {at(answer, path)[-1] for path in places} == {"…"}
    [call] = LLMCall.objects.all()
    assert (call.outcome, call.mended >= len(places)) == ("ok", True)


def the_schema_of(schema: Reply, path: Path) -> Reply:
    for step in path:
        schema = schema["items"] if isinstance(step, int) else schema["properties"][step]
        schema = next((one for one in schema.get("anyOf", ()) if one["type"] != "null"), schema)
    return schema


def test_a_text_over_its_words_is_asked_for_again_before_it_is_clipped(fake_llm):
    for _asked_twice in range(2):
        fake_llm.reply(a_full_reply("evaluate_answer") | {"improvement_areas": ["word " * 31, "Short."]})
    assert ask("evaluate_answer")["improvement_areas"][0].endswith("word…")
    assert len(fake_llm.requests) == 2


# --- the kind of a question, and ticks -------------------------------------------------------------------------------


def test_kinds_in_another_spelling_and_ticks_of_another_form_are_mended_and_counted(fake_llm):
    questions = [
        a_question(f"What did you learn about {name}?", kind="Behavioral") for name in ("caches", "locks", "io")
    ]
    fake_llm.reply(some_questions(*questions))
    assert {one["kind"] for one in ask("generate_questions")["questions"]} == {"behavioural"}
    fake_llm.reply(example_reply("evaluate_answer") | {"shown": {"1": "yes", "2": None}})
    assert ask("evaluate_answer")["shown"] == [True, False]
    assert len(fake_llm.requests) == 2
    assert LLMCall.objects.get(mode="evaluate_answer").mended == 3


def test_a_mark_without_ticks_stands_and_a_question_without_lines_is_asked_for_once_more(fake_llm):
    marked = {name: value for name, value in example_reply("evaluate_answer").items() if name != "shown"}
    fake_llm.reply(marked)
    assert ask("evaluate_answer")["shown"] == []
    lacking = [a_question(f"What did you learn about {name}?", looks_for=[]) for name in ("caches", "locks", "io")]
    fake_llm.reply(some_questions(*lacking))
    fake_llm.reply(some_questions(*lacking))
    assert [one["looks_for"] for one in ask("generate_questions")["questions"]] == [[], [], []]
    assert "looks_for 2 to 4 lines of at most 10 words" in fake_llm.requests[-1].prompt
    assert len(fake_llm.requests) == 3
