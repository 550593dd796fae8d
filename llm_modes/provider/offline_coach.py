"""The offline coach answers: the rules of the mode's own folder, where no language model is configured."""

import json
from typing import Any

from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Inputs
from llm_modes.language.tokens import estimate
from llm_modes.provider import counting, replies
from llm_modes.provider.exchange import Exchange


def reply_of(exchange: Exchange, inputs: Inputs) -> Any:
    """The reply, checked as a model's is, what is too long in it clipped. Raises LLMFailure."""
    mode = exchange.mode
    prompt = counting.prompt_tokens({"messages": mode.messages(inputs)})
    with exchange.request(prompt=prompt, output=mode.max_output_tokens) as call:
        content = json.dumps(mode.answer_offline(inputs))
        call.input_tokens, call.output_tokens, call.estimated = prompt, estimate(content), True
        exchange.show(content)
        if (reply := replies.clipped(mode, content)) is None:
            raise LLMFailure("invalid_reply")
        return reply
