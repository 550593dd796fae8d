"""The test server itself: what it plays has to be what the SDK sees."""

import openai
import pytest

from tests.fake_llm import FakeLLM, a_mark, a_reply_to, completion


@pytest.fixture
def server():
    with FakeLLM() as fake:
        yield fake


def sdk(server):
    return openai.OpenAI(api_key="k", base_url=server.url, max_retries=0, timeout=5)


def ask(server, schema="EvaluateAnswerReply", **extra):
    return sdk(server).chat.completions.create(
        model="m",
        messages=[{"role": "system", "content": "rules"}, {"role": "user", "content": "inputs"}],
        response_format={"type": "json_schema", "json_schema": {"name": schema, "schema": {}}},
        **extra,
    )


def test_a_reply_comes_whole_with_its_tokens(server):
    server.reply(a_mark(score=4))
    reply = ask(server)
    assert '"score": 4' in reply.choices[0].message.content
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (server.input_tokens, server.output_tokens)
    assert server.requests[0].mode == "evaluate_answer"
    assert server.requests[0].headers["authorization"] == "Bearer k"


def test_a_reply_comes_streamed_with_its_tokens(server):
    server.reply(a_mark(score=4))
    content, usage = "", None
    for chunk in ask(server, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        content += "".join(choice.delta.content or "" for choice in chunk.choices)
    assert '"score": 4' in content
    assert usage.completion_tokens == server.output_tokens > 0


def test_replies_queued_for_a_mode_wait_for_it(server):
    server.reply("chat", mode="plan_chat")
    server.reply("mark", mode="evaluate_answer")
    assert ask(server).choices[0].message.content == "mark"
    assert ask(server, "PlanChatReply").choices[0].message.content == "chat"


def test_a_call_that_nothing_is_queued_for_fails_the_test(server):
    with pytest.raises(openai.InternalServerError):
        ask(server)
    with pytest.raises(pytest.fail.Exception, match="evaluate_answer"):
        server.check()


def test_a_standing_answer_comes_after_the_queued_ones(server):
    server.always(a_reply_to)
    server.reply("first")
    assert ask(server).choices[0].message.content == "first"
    assert '"score"' in ask(server).choices[0].message.content
    server.check()


@pytest.mark.parametrize("name", ["reset_at_once", "reset_mid_reply"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_reset_is_a_connection_error_to_the_client(server, name, stream):
    server.fault(name)
    with pytest.raises(Exception, match="(?i)connection|peer|reset|incomplete"):
        list(ask(server, stream=stream))


def test_a_stream_can_break_off_after_some_pieces(server):
    server.play(completion("one two three four five six seven eight", break_after=2))
    seen = ""
    with pytest.raises(Exception, match="(?i)peer|reset|incomplete"):
        for chunk in ask(server, stream=True):
            seen += chunk.choices[0].delta.content or ""
    assert seen == "one two three four five six"
