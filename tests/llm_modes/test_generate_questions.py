import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from llm_modes.language.words import clipping
from tests.fake_llm import a_question, count_tokens, some_questions
from tests.llm_modes.checking import inputs_for, read

NEW = [
    a_question("How would you design a rate limiter?"),
    a_question("What is a deadlock, and how do you avoid one?"),
    a_question("When would you choose a queue over a direct call?"),
]
REDO = [
    {"number": 1, "question": "Tell me about a conflict with a colleague.", "last_score": 4, "reason": "weak_answer"},
    {"number": 2, "question": "Describe your biggest mistake.", "last_score": None, "reason": "time_pressure"},
]


def given(**fields):
    return inputs_for("generate_questions", **{"redo_candidates": REDO, **fields})


def check(*questions, **fields):
    return read("generate_questions", some_questions(*questions), given(**fields)).questions


def test_a_redo_takes_its_text_and_reason_from_our_row():
    redo = a_question("Reworded by the LLM?", status="redo", redo_of=1, redo_reason="high_value")
    found = check(redo, *NEW)[0]
    assert (found.question, found.redo_reason, found.redo_of) == (REDO[0]["question"], "weak_answer", 1)


@pytest.mark.parametrize("number", [None, 0, 3, 99])
def test_a_redo_of_a_question_that_is_not_listed_is_refused(number):
    with pytest.raises(ValidationError, match="not a number of the redo list"):
        check(a_question("Anything?", status="redo", redo_of=number), *NEW)


def test_one_redo_twice_is_refused():
    with pytest.raises(ValidationError, match="used twice"):
        check(a_question("A?", status="redo", redo_of=2), a_question("B?", status="redo", redo_of=2), *NEW)


def test_a_new_question_has_no_redo_reason_and_no_number():
    found = check(a_question("What is idempotency?", redo_reason="weak_answer", redo_of=1), *NEW)[0]
    assert (found.redo_reason, found.redo_of) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "What is a deadlock, and how do you avoid one?",  # twice in the reply
        "Describe your biggest mistake!",  # on the redo list
        "What does CAP stand for in practice",  # asked before
        "in practice, what does CAP stand for?",  # asked before, reworded
    ],
)
def test_a_new_question_that_repeats_an_old_one_is_dropped(text):
    found = check(*NEW, a_question(text), recent_questions=["What does CAP stand for in practice?"])
    assert [question.question for question in found] == [question["question"] for question in NEW]


def test_a_repetition_of_a_question_too_old_for_the_prompt_is_dropped_as_well():
    asked = [f"How would you test component number {number * 7919}?" for number in range(60)] + ["What is CAP?"]
    assert len(check(*NEW, a_question("What is CAP?"), recent_questions=asked)) == 3


@pytest.mark.parametrize(
    ("new", "fields", "said"),
    [
        (2, {"redo_candidates": []}, "2 usable new questions, at least 3 are needed"),
        (0, {}, "0 usable new questions, at least 2 are needed"),
        (1, {"redo_candidates": [], "fillers": 9}, "1 usable new questions, at least 3 are needed"),
    ],
)
def test_too_few_new_questions_are_asked_for_once_more_and_then_have_to_do(new, fields, said):
    questions = [*NEW[:new], a_question(NEW[0]["question"] if new else "Describe your biggest mistake.")]
    with pytest.raises(ValidationError, match=said):
        check(*questions, **fields)
    with clipping():
        assert len(check(*questions, **fields)) == new


def test_a_reply_with_nothing_is_refused_where_nothing_can_fill_the_list():
    with clipping(), pytest.raises(ValidationError, match="0 usable"):
        read("generate_questions", {"questions": []}, given(redo_candidates=[], fillers=0))


def test_only_the_offline_coach_can_say_that_nothing_is_left():
    said = {**some_questions(), "questions": [], "nothing_left": True}
    assert read("generate_questions", said, given(redo_candidates=[])).questions == []
    assert "nothing_left" not in str(MODES["generate_questions"].reply.model_json_schema())


def test_a_question_of_another_topic_is_no_news_and_not_in_the_prompt():
    inputs = given(known_questions=["What is CAP?"])
    assert read("generate_questions", some_questions(*NEW, a_question("What is CAP?")), inputs).questions[3:] == []
    assert "CAP" not in MODES["generate_questions"].messages(inputs)[1]["content"]


def test_more_than_six_are_cut_to_six():
    topics = ("caches", "queues", "indexes", "deadlocks", "sharding", "backups", "retries", "tracing")
    assert len(check(*[a_question(f"What did you learn about {topic} on the job?") for topic in topics])) == 6


def test_a_question_over_its_words_is_refused_however_many_good_ones_there_are():
    with pytest.raises(ValidationError, match="at most 30 words"):
        check(*NEW, a_question("word " * 31))


@pytest.mark.parametrize("wrong", [{"question": ""}, {"difficulty": "extreme"}, {"status": "old"}])
def test_a_broken_question_is_dropped_while_enough_good_ones_are_left(wrong):
    broken = a_question("What is CAP?") | wrong
    assert len(check(*NEW, broken)) == 3
    with pytest.raises(ValidationError):
        check(*NEW[:1], broken)


@pytest.mark.parametrize("reason", ["x", "n/a", 5])
def test_the_reason_of_a_redo_is_ours_and_not_looked_at(reason):
    redo = a_question("", status="Redo", redo_of="1", redo_reason=reason)
    assert check(redo, *NEW)[0].redo_reason == "weak_answer"
    assert check(*NEW, a_question("What is CAP?", redo_reason=reason))[3].redo_reason is None


def test_history_takes_at_most_700_tokens_however_long_it_is():
    inputs = given(recent_questions=[]).model_dump()
    short = MODES["generate_questions"].messages(inputs_for("generate_questions"))[1]["content"]
    inputs["recent_questions"] = [f"Question {number}: " + "why and how " * 8 for number in range(200)]
    inputs["redo_candidates"] = [
        {"number": number, "question": "why and how " * 10, "last_score": 3, "reason": "incomplete"}
        for number in range(1, 50)
    ]
    long = MODES["generate_questions"].messages(inputs_for("generate_questions", **inputs))[1]["content"]
    assert count_tokens(long) - count_tokens(short) <= 700
    assert "Question 0:" in long
    assert "Question 199:" not in long


def test_a_server_with_a_grammar_can_repeat_no_question_where_none_is_listed():
    def item(redos):
        reply, inputs = MODES["generate_questions"].reply, inputs_for("generate_questions", redo_candidates=redos)
        schema = reply.left_by(inputs, reply.model_json_schema())
        return schema["properties"]["questions"]["items"]["properties"]

    assert item([])["status"]["enum"] == ["new"] and item([])["redo_of"] == {"type": "null"}
    assert item(REDO)["status"]["enum"] == ["new", "redo"] and "anyOf" in item(REDO)["redo_of"]


# --- what a question looks for, and for whom it is -------------------------------------------------------------------


PREPARED = {
    "profile": "A nurse of nine years.",
    "competencies": [
        {"name": "Stakeholder management", "wanted": "works with many parties", "evidence": None},
        {"name": "Wound care", "wanted": "treats chronic wounds", "evidence": "ran the wound clinic"},
    ],
}


def lines(*texts, **fields):
    return a_question("What is idempotency?", looks_for=list(texts), **fields)


@pytest.mark.parametrize("said", ["Behavioural", "behavioral", "BEHAVIORAL.", " behavioural ", "**`behavioural`**"])
def test_a_kind_is_known_in_any_spelling(said):
    assert check(a_question("What is CAP?", kind=said), *NEW)[0].kind == "behavioural"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (["one", "two", "three", "four", "five"], ["one", "two", "three", "four"]),
        (["one", " ", None, "two"], ["one", "two"]),
        ('["one", "two"]', ["one", "two"]),
        ([{"line": "one"}, "two"], ["one", "two"]),
    ],
)
def test_harmless_slips_in_the_lines_are_mended(said, kept):
    assert check(a_question("What is CAP?", looks_for=said), *NEW)[0].looks_for == kept


@pytest.mark.parametrize(
    ("wrong", "left"),
    [
        ({"kind": "interesting"}, ("", 2)),
        ({"kind": None}, ("", 2)),
        ({"looks_for": []}, ("technical", 0)),
        ({"looks_for": None}, ("technical", 0)),
        ({"looks_for": ["only one"]}, ("technical", 1)),
        ({"looks_for": {"first": 1}}, ("technical", 0)),
        ({"looks_for": ["word " * 11, "fine"]}, ("technical", 2)),
    ],
)
def test_what_a_question_lacks_is_asked_for_once_and_then_costs_no_question(wrong, left):
    questions = [*NEW, a_question("What is CAP?") | wrong]
    with pytest.raises(ValidationError, match="question 4 needs its kind"):
        check(*questions)
    with clipping():
        found = check(*questions)
    assert len(found) == 4
    assert (found[3].kind, len(found[3].looks_for)) == left
    assert all(len(line.split()) <= 10 for line in found[3].looks_for)


def test_a_redo_needs_none_of_it_since_our_row_has_it():
    redo = {name: value for name, value in a_question("", status="redo", redo_of=1).items() if name != "looks_for"}
    assert check({**redo, "kind": "?"}, *NEW)[0].looks_for == []


@pytest.mark.parametrize(
    ("said", "served"),
    [
        ("Stakeholder management", "Stakeholder management"),
        ("STAKEHOLDER  MANAGEMENT", "Stakeholder management"),
        ("Time management", None),
        ("none", None),
        (None, None),
        (["Wound care"], None),
        ("x" * 300, None),
    ],
)
def test_it_serves_a_competency_that_is_listed_or_none(said, served):
    assert check(a_question("What is CAP?", serves=said), *NEW, preparation=PREPARED)[0].serves == served


def test_the_prompt_has_format_competencies_and_profile_in_200_tokens_and_a_format():
    def prepared(**fields):
        return MODES["generate_questions"].messages(given(**fields))[1]["content"]

    said = prepared(preparation=PREPARED, interview_format="a panel of three")
    assert "<prepared>\nformat: a panel of three\nStakeholder management: wanted: works with many" in said
    assert "evidence: ran the wound clinic\nA nurse of nine years.\n</prepared>" in said
    most = {"profile": "I was a nurse. " * 200, "competencies": PREPARED["competencies"] * 20}
    nothing = prepared(preparation={}, interview_format="")
    assert count_tokens(prepared(preparation=most, interview_format="")) - count_tokens(nothing) <= 200
    assert "<prepared>\n(none)\n</prepared>" in nothing


def test_no_competency_is_asked_for_where_none_is_known():
    def fields(preparation):
        reply, inputs = MODES["generate_questions"].reply, given(preparation=preparation)
        return reply.left_by(inputs, reply.model_json_schema())["properties"]["questions"]["items"]["required"]

    assert "serves" in fields(PREPARED)
    assert "serves" not in fields({"profile": "A nurse of nine years."})
