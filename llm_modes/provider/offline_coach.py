"""The offline coach answers: the rules of the mode's own folder, where no language model is configured."""

import json
from typing import Any

from pydantic import ValidationError

from llm_modes.failures import LLMFailure
from llm_modes.language.mode import Inputs
from llm_modes.language.tokens import estimate
from llm_modes.provider import counting, replies
from llm_modes.provider.exchange import Exchange


def reply_of(exchange: Exchange, inputs: Inputs) -> Any:
    """The reply, checked as a model's is. Raises LLMFailure."""
    mode = exchange.mode
    prompt = counting.prompt_tokens({"messages": mode.messages(inputs)})
    with exchange.request(prompt=prompt, output=mode.max_output_tokens) as call:
        content = json.dumps(mode.answer_offline(inputs))
        call.input_tokens, call.output_tokens, call.estimated = prompt, estimate(content), True
        exchange.show(content)
        try:
            return mode.reply.model_validate_json(content)
        except ValidationError:
            reply = replies.clipped(mode, content)
            if reply is None:
                raise LLMFailure("invalid_reply") from None
            return reply
