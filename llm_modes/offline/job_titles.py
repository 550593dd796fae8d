"""Job titles in free wording: which role a message says is wanted."""

import re
from collections.abc import Iterator

from llm_modes.language.text import clip, words
from llm_modes.offline.bank import general, role_bank
from llm_modes.offline.minutes import mentions_time

ROLE_WORDS = 8

_ROLE_ENDS = re.compile(
    r"(?:[,.;:!?()/\n]|\b(?:and|but|with|because|so|at|since|next|this|tomorrow|while|where|who|which|i|i'm|i've"
    r"|my|role|position|post|job|jobs|interview|interviews|roles|positions|vacancy|opening|going|applying|time)\b"
    r"|\bin (?:\d|two|three|four|a (?:week|month)|january|february|march|april|may|june|july|august|september"
    r"|october|november|december)|\bon (?:monday|tuesday|wednesday|thursday|friday|the)\b|\s[-–—]\s)",
    re.I,
)
_ARTICLE = re.compile(
    r"^(?:(?:a|an|the|as|for|to be|be|become|being|some|to|new|it's|it is|i'm|i am|(?:something|anything|a job"
    r"|work) (?:in|as))\s+)+",
    re.I,
)

# Said of the job that is wanted. An unknown title is believed after the first ones only: "practise in the morning"
# names no job.
_APPLIED_FOR = [
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:apply(?:ing)?|applied|interview(?:ing)?)\s+(?:for\s+(?:an?\s+)?(?:new\s+)?(?:job|work|role|position"
        r"|post)s?"
        r"\s+)?(?:for|as|to be|to become)\s+(.+)",
        r"\b(?:position|role|job|post|opening)s?\s+(?:as|of)\s+(.+)",
        r"\b(?:want|would like|hope|plan|i'd like|dream|going|trying)\s+(?:to\s+(?:be|become|work as"
        r"|go back to work as)"
        r"|of being|of becoming)\s+(.+)",
        r"\b(?:target role|role|job title|position)\s*(?:[:=]|\bis\b)\s*(.+)",
    )
]
_AIMED_AT = [
    re.compile(pattern, re.I)
    for pattern in (
        r"\b(?:prepar(?:e|ing)|go(?:ing)?|practi[sc](?:e|ing)|training|aiming|aim|looking|hoping|trying)\s+(?:for\s+"
        r"(?:an?\s+|my\s+)?(?:new\s+|next\s+)?(?:interview|job|work|role|position|post|career)s?\s+)?"
        r"(?:for|as|to be|to become|in)\s+(.+)",
        r"\b(?:interview|position|role|job|post)s?\s+(?:is |will be |would be )?(?:for|as)\s+(.+)",
        r"\bit(?:'s| is) for\s+(.+)",
        r"\b(?:get|move|moving|go|going|switch(?:ing)?|chang(?:e|er|ing)|transition(?:ing)?|return(?:ing)?|get back)\s+"
        r"(?:back\s+)?(?:careers?\s+)?(?:from [\w ]{1,60}? )?(?:in)?to\s+(.+)",
        r"\b(?:work|working) as\s+(.+)",
        r"\b(?:i meant?|make that|correction:?)\s+(.+)",
    )
]
# Said before the word: "I have a data analyst interview next week".
_NAMED_BEFORE = re.compile(
    r"\b(?:an?|the|for|some)\s+((?:[\w'/+#.-]+\s+){1,5}?)(?:role|position|job|interview|post|opening|opportunity)s?\b",
    re.I,
)
_APPLYING_TO = re.compile(r"\bapply(?:ing)?\s+to\s+(.+)", re.I)
_PRESENT_ROLE = re.compile(r"\b(?:i am|i'm)\s+(?=an?\s)(.+)", re.I)
_ROLE_ENDING = re.compile(
    r"(?:er|or|ist|ian|eer|man|woman|ant|ent|nurse|chef|cook|clerk|coach|lead|head|tutor|guard|pilot|barista|ta"
    r"|intern|aide|analyst|dev|rep|hr|pm|it|ceo|cto|cfo|ux|ui|sales|marketing|teaching|nursing|finance|retail|law"
    r"|medicine|design|engineering|management|support|attorney|executive|vet)s?$"
)
_NO_JOB = frozenset(
    "better other another later ever never over under after number order water computer summer winter dinner for or her"
    " per career offer answer december november october september whatever however mother father want different rather"
    " moment student present content current recent different important improvement it's".split()
)
_VERB = re.compile(
    r"\b(?:i|i'm|is|are|was|need|want|more|less|drop|add|have|had|do|don't|not|like|no|weak|about|can|please)\b", re.I
)
_NO_ROLE = frozenset(
    "job work something anything new better my role position this it that interview company hi hello hey good bank"
    " career".split()
)


def read_role(text: str) -> str | None:
    """The role that the text says is wanted; failing that, one the speaker says they have and we know as a role."""
    for titles, believed in ((_APPLIED_FOR, True), (_AIMED_AT, False)):
        for title in _titles(titles, text):
            if looks_like_role(title) or (believed and len(title.split()) <= 4 and not any(map(str.isdigit, title))):
                return title
    for title in _titles([_NAMED_BEFORE, _APPLYING_TO, _PRESENT_ROLE], text):
        if looks_like_role(title):
            return title
    first = re.split(r"[,.;:!?]| - |(?:going|applying|interviewing) for", text, maxsplit=1)[0]
    if len(words(first)) <= 5 and role_bank(first) is not general() and not _VERB.search(first):
        return trim_role(first)
    return None


def _titles(patterns: list[re.Pattern[str]], text: str) -> Iterator[str]:
    """The titles that the patterns find, the first pattern's first."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            if title := trim_role(match[1]):
                yield title


def trim_role(text: str) -> str | None:
    """The job title at the start of the text, without articles and what follows it."""
    text = _ARTICLE.sub("", text.strip().replace("’", "'"))
    end = _ROLE_ENDS.search(text)
    title = _ARTICLE.sub("", (text[: end.start()] if end else text).strip(" .,;:!?\"'-"))
    if not title or set(words(title)) <= _NO_ROLE or mentions_time(title):
        return None
    return clip(title, ROLE_WORDS)


def looks_like_role(title: str) -> bool:
    """True for what the bank knows as a job, or what ends as job titles do."""
    last = words(title)[-1:] or [""]
    return role_bank(title) is not general() or (bool(_ROLE_ENDING.search(last[0])) and last[0] not in _NO_JOB)


def states_role(text: str) -> bool:
    """True when the text says which role is wanted."""
    return any(looks_like_role(title) for title in _titles(_APPLIED_FOR + _AIMED_AT, text))


def plain_role(text: str) -> str | None:
    """The role that a longer text states as the one applied for; only one that a bank knows."""
    patterns = [*_APPLIED_FOR[:1], *_AIMED_AT[:1], _APPLIED_FOR[2]]
    return next((title for title in _titles(patterns, text) if role_bank(title) is not general()), None)
