"""What kind of answer a question asks for."""

import re

from llm_modes.language.text import on_one_line
from llm_modes.offline.bank import find_question

# The first kind whose cue is found, in this order.
_CUES = [
    (
        "personal",
        r"\b(?:about yourself|introduce yourself|why (?:do you want|this (?:role|job|company)|are you (?:leaving"
        r"|interested|applying)"
        r"|should we)|your (?:greatest |biggest )?(?:strengths?|weakness(?:es)?)\b|where do you see|motivates you"
        r"|salary)",
    ),
    (
        "role-play",
        r"\b(?:what do you (?:say|answer|reply)|what would you say|begin\.?$|role[- ]?play|respond to me|convince me"
        r"|sell me|i am (?:a|an|your)"
        r" \w+ (?:who|and))\b|\bi (?:say|interrupt|offer|tell you)\b",
    ),
    (
        "behavioural",
        r"\b(?:tell me about|describe (?:a|an|one|your|the|how you have)|give me (?:an|one) example|when did you"
        r"|have you ever|what did you"
        r"|how did you|a time (?:you|when|your)|an occasion|a situation (?:in which|where|when)|walk me through (?:a"
        r"|an|one|your (?:last|biggest|proudest))"
        r"|(?:last|first) time you|which .{1,40} are you proudest|you (?:have|had) (?:led|made|taken|built|worked))\b",
    ),
    (
        "case",
        r"\b(?:how would you|what would you|design|imagine|suppose|you (?:have|get|inherit|join|learn|are|may|must"
        r"|find|notice|see|take over)"
        r"|what do you do|where do you start|walk me through|estimate|how do you (?:get|find out|decide|go about"
        r"|react|handle|proceed)"
        r"|what happens in your first)\b",
    ),
]
_COMPILED = [(kind, re.compile(cue, re.I)) for kind, cue in _CUES]


def kind_of(question: str) -> str:
    """behavioural | knowledge | case | role-play | personal: as the bank says, else by the question's wording."""
    line = on_one_line(question)
    found = find_question(question)
    if found and not _COMPILED[0][1].search(line):
        return {"technical": "knowledge", "motivation": "personal", "situational": "role-play"}.get(
            found[1].kind, found[1].kind
        )
    return next((kind for kind, cue in _COMPILED if cue.search(line)), "knowledge")
