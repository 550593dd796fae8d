import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from llm_modes.plan_chat.schema import ChatLine
from tests.fake_llm import a_chat_reply, count_tokens
from tests.llm_modes.checking import inputs_for, read


def chat(**fields):
    return inputs_for("plan_chat", **fields)


def test_all_four_things_can_be_known_at_once():
    reply = a_chat_reply(role="Nurse", daily_minutes=30, weaknesses="conflict", motivation="low")
    assert read("plan_chat", reply).known.model_dump() == {
        "role": "Nurse",
        "daily_minutes": 30,
        "weaknesses": "conflict",
        "motivation": "low",
        **dict.fromkeys(("interview_when", "interview_format", "language")),
    }


def test_what_is_said_of_the_interview_can_be_known_in_words():
    said = {"interview_when": "in nine days", "interview_format": "panel of three, 45 minutes", "language": "pt_br"}
    assert read("plan_chat", a_chat_reply(**said)).known.model_dump(include=set(said)) == {**said, "language": "pt-BR"}


@pytest.mark.parametrize("tag", ["", "null", "unknown"])
def test_a_language_that_names_none_counts_as_unknown(tag):
    assert read("plan_chat", a_chat_reply(language=tag)).known.language is None


def test_the_prompt_has_the_day_the_format_and_the_language_of_the_interview():
    known = {"day": "2026-12-10", "format": "recruiter, <b> by phone"}
    prompt = MODES["plan_chat"].messages(chat(interview=known, language="de"))[1]["content"]
    assert "interview_on: 2026-12-10\ninterview_format: recruiter, &lt;b&gt; by phone\n</known>" in prompt
    assert prompt.endswith("Write in German (de); quotes stay as said.")
    unknown = MODES["plan_chat"].messages(chat())[1]["content"]
    assert "interview_on: unknown\ninterview_format: unknown\n</known>" in unknown


@pytest.mark.parametrize("action", ["suggest_plan", "suggest_changes", "none"])
def test_an_action_that_the_stage_does_not_list_is_refused(action):
    with pytest.raises(ValidationError, match="only these actions are allowed now: ask"):
        read("plan_chat", a_chat_reply(action=action), chat(allowed_actions=["ask"]))
    assert read("plan_chat", a_chat_reply(action=action), chat(allowed_actions=[action])).action == action


def test_an_action_that_does_not_exist_is_refused():
    with pytest.raises(ValidationError):
        read("plan_chat", a_chat_reply(action="approve_plan"))


@pytest.mark.parametrize("minutes", [0, 9, 481, -5])
def test_time_that_no_plan_fits_into_counts_as_unknown(minutes):
    assert read("plan_chat", a_chat_reply(daily_minutes=minutes)).known.daily_minutes is None


@pytest.mark.parametrize(
    "wrong",
    [{"reply": "word " * 121}, {"reply": ""}, {"known": {"weaknesses": "word " * 61}}, {"known": {"role": "x" * 101}}],
)
def test_limits_are_enforced(wrong):
    with pytest.raises(ValidationError):
        read("plan_chat", {**a_chat_reply(), **wrong})


def test_what_the_candidate_wrote_by_hand_may_be_longer_than_a_reply():
    prompt = MODES["plan_chat"].messages(chat(known={"weaknesses": "word " * 500}))[1]["content"]
    assert "weaknesses: word word" in prompt
    assert count_tokens(prompt) < 600


def test_only_the_last_messages_are_sent_and_at_most_1500_tokens_of_them():
    messages = [ChatLine(author="candidate", text=f"message {number} " + "and so on " * 100) for number in range(40)]
    few = chat(messages=[message.model_dump() for message in messages])
    conversation = MODES["plan_chat"].messages(few)[1]["content"].split("<conversation>")[1]
    assert "message 39 " in conversation
    assert "message 27 " not in conversation
    assert count_tokens(conversation) <= 1500


def test_twelve_short_messages_are_sent_with_their_authors_in_order():
    messages = [
        {"author": "coach" if number % 2 else "candidate", "text": f"message {number}."} for number in range(14)
    ]
    prompt = MODES["plan_chat"].messages(chat(messages=messages))[1]["content"]
    assert "message 1." not in prompt
    assert "<candidate>message 2.</candidate>\n<coach>message 3.</coach>" in prompt
    assert prompt.endswith("<coach>message 13.</coach>\n</conversation>")


def test_one_huge_message_is_cut_inside_its_tag():
    prompt = MODES["plan_chat"].messages(chat(messages=[{"author": "candidate", "text": "多" * 4000}]))[1]["content"]
    assert "…</candidate>" in prompt
    assert count_tokens(prompt) < 1500 + 200


def test_a_long_context_is_cut():
    prompt = MODES["plan_chat"].messages(chat(context="I nursed for years. " * 1000))[1]["content"]
    assert 1000 < count_tokens(prompt) < 1600


def test_a_server_with_a_grammar_is_told_only_the_actions_of_the_stage():
    reply, inputs = MODES["plan_chat"].reply, chat(allowed_actions=["ask", "suggest_plan"])
    schema = reply.left_by(inputs, reply.model_json_schema())
    assert schema["properties"]["action"]["enum"] == ["ask", "suggest_plan"]
