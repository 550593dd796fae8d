"""What a message in the plan chat does, besides stating facts: agree, refuse, greet, thank, ask."""

import re

from llm_modes.language.text import words

YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok|okay|please|go|go ahead|do it|let'?s|right|correct|exactly|fine|sounds? good"
    r"|looks? good|good|great|perfect|agreed|all right|alright|absolutely|of course|why not|i do|i am"
    r"|that'?s (?:right|fine|good|ok)|make (?:me )?(?:a|the) plan|start|ready|show me|done|continue|next)\b",
    re.I,
)
NO = re.compile(r"^\W*(?:no|nope|not yet|wait|stop|hold on|later|not now|nah)\b", re.I)
PLAN_PLEASE = re.compile(
    r"\b(?:make|suggest|show|create|build|write|give|propose|want|need)\b.{0,30}\b(?:plan|proposal)\b|\bgo ahead\b",
    re.I,
)
GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|evening|afternoon|day)|greetings|hallo)"
    r"(?:\W+(?:there|coach|everyone|again))?\W*$",
    re.I,
)
THANKS = re.compile(r"^\W*(?:thanks|thank you|thx|cheers|ty)\b[^?]{0,40}$", re.I)
WHO = re.compile(
    r"\b(?:are you|is this) (?:a |an )?(?:real|human|person|bot|robot|ai|chatgpt|machine|llm)"
    r"|who are you|what are you\b",
    re.I,
)
DONT_KNOW = re.compile(
    r"\b(?:don'?t know|not sure|no idea|unsure|hard to say|depends|you tell me|you decide|dunno|idk"
    r"|what (?:do|would) you (?:suggest|recommend))\b",
    re.I,
)
CHANGE = re.compile(
    r"\b(?:change|adjust|adapt|modify|different|edit|redo|rework|another|update|tweak|instead|rather"
    r"|too (?:much|many|little|few|long|short|hard|easy)|don'?t like|not happy|hate|bad|wrong)\b",
    re.I,
)
_CORRECTION = re.compile(r"\b(?:actually|instead|rather|not|no)\b", re.I)
_ALSO = re.compile(r"\balso\b", re.I)
OFFER = re.compile(r"\b(?:could you manage|shall i note)\b", re.I)

# Which of the four things a question of the coach's was about.
ASKED = {
    "role": re.compile(r"\b(?:role|position|applying|job)\b", re.I),
    "daily_minutes": re.compile(r"\b(?:how (?:much time|long|many minutes)|minutes|time)\b", re.I),
    "weaknesses": re.compile(r"\b(?:weak\w*|least sure|hardest|difficult|struggle|worr\w+|nervous)\b", re.I),
    "motivation": re.compile(r"\b(?:motivat\w+|energy|capacity)\b", re.I),
}


def corrects(message: str) -> bool:
    """True when the message takes something back and adds nothing ("also") after that."""
    return bool(_CORRECTION.search(_ALSO.split(message)[-1]))


def is_small_talk(message: str) -> bool:
    """A greeting, thanks, "are you human?" or a bare yes: nothing that answers a question for facts."""
    if any(cue.search(message) for cue in (GREETING, THANKS, WHO)):
        return True
    return bool(YES.match(message)) and len(words(message)) <= 3
