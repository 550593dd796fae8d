"""What the offline coach takes over from a candidate keeps the limits of a reply in scripts without spaces too."""

import json

import pytest
from pydantic import ValidationError

from llm_modes.catalogue import MODES
from llm_modes.failures import UNREAD_BY_RULES, LLMFailure
from llm_modes.language.mode import checking_against
from tests.llm_modes.test_no_text_holds_the_processor import full_inputs, replaced, texts_in

TEXTS = {
    "Chinese": "我在一家支付公司工作了五年主要负责清算系统和数据库的性能优化以及与客户沟通的方法" * 6,
    "Japanese": "私は決済サービスの会社で五年間バックエンドの開発を担当しました。" * 8,
    "Thai": "ฉันรับผิดชอบการย้ายระบบชำระเงิน" * 10,
    "Chinese among English": "weak at 系统设计和数据库的性能优化以及与客户沟通的方法, and 行为面试",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("mode", sorted(MODES))
def test_a_reply_keeps_its_limits(mode, text):
    for inputs in full_inputs()[mode]:
        for path in texts_in(inputs):
            changed = replaced(inputs, path, text)
            try:
                read = MODES[mode].inputs.model_validate(changed)
            except ValidationError:
                continue  # a field of few fixed values
            with checking_against(read):
                try:
                    reply = MODES[mode].answer_offline(read)
                except LLMFailure as failure:
                    if failure.code in UNREAD_BY_RULES:
                        continue
                    raise
                MODES[mode].reply.model_validate_json(json.dumps(reply))
