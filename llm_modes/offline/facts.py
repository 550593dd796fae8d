"""What a message says about the candidate: role, time, weak spots, motivation."""

import re
from dataclasses import dataclass

from llm_modes.language.foreign import looks_foreign
from llm_modes.language.text import clean, clip, on_one_line, sentences, stems, words
from llm_modes.offline.job_titles import plain_role, read_role, states_role
from llm_modes.offline.minutes import daily_minutes, mentions_time

WEAKNESS_WORDS = 55
NOT_SURE = "not sure yet"

_APOSTROPHES = {"im": "I'm", "ive": "I've", "dont": "don't", "cant": "can't", "didnt": "didn't", "isnt": "isn't"}
_APOSTROPHES |= {"its": "it's", "id like": "I'd like"}
_NO_APOSTROPHE = re.compile(r"\b(?:im(?! (?-i:[A-ZÄÖÜ]))|ive|dont|cant|didnt|isnt|its|id like)\b", re.I)

_WEAK_BEFORE = re.compile(
    r"\b(?:(?:i'?m |i am |i feel |feel |am )?(?:quite |very |really |rather |a bit |pretty |so |still )*"
    r"(?:weak(?:er|est)?|bad|terrible|awful|hopeless|shaky|rusty|poor|insecure|unsure|nervous|anxious|worried|scared"
    r"|afraid|no good"
    r"|stuck|useless)(?: spots?| points?| areas?| sides?| when it comes)?\s+(?:in|at|on|with|about|of|to|(?=when"
    r"|during|if))"
    r"|not (?:so |very |too |really |that |particularly |all that )?(?:good|great|strong|confident|sure|comfortable"
    r"|fluent|experienced)"
    r"\s+(?:in|at|on|with|about|of|when)"
    r"|weak(?:ness(?:es)?| spots?| points?| areas?)\s*(?:is|are|would be|include|includes|:|=|-|in)?"
    r"|(?:i )?(?:struggle|struggling|struggled|have trouble|trouble|have difficulty|difficulties|have problems"
    r"|problems|wrestle) (?:with|in|at)"
    r"|need (?:some |more |a lot of )?(?:help|work|practice|training|support) (?:with|on|in|at|for)"
    r"|(?:need|want|would like|have) to (?:work on|improve|practi[sc]e|get better (?:at|in)|brush up(?: on)?|repeat"
    r"|learn)"
    r"|(?:don't|do not|never) (?:like|know|understand) (?:much about |enough about )?"
    r"|(?:i )?(?:hate|dread|fear|worr(?:y|ies) about))(?![a-z])\s*(.+)",
    re.I,
)
_WEAK_AFTER = re.compile(
    r"^(?:and |but |also |especially )*(.{3,80}?)\s+(?:is|are|was|were|feels?|scares?|frightens?|worr(?:y|ies)"
    r"|gives? me trouble"
    r"|makes? me nervous)\s*(?:(?:my|the|a|me|still|really|very|quite|always)\b\s*)*"
    r"(?:weak\w*|hard(?:est)?|difficult|tough|tricky|problem|trouble|challeng\w+|scary|nightmare|shaky|rusty|worst"
    r"|\W*$)",
    re.I,
)
_WEAK_VERB = re.compile(
    r"\b((?:(?:always|often|tend to|sometimes) )?(?:forget|ramble|freeze|go blank|panic|defend|lack|procrastinate"
    r"|talk too|speak too|get (?:stuck|tongue-tied|confused|defensive|lost))\b.*)",
    re.I,
)
_STRENGTH = re.compile(r"\b(?:good|great|strong|confident|fine|comfortable) (?:at|in|with)\b", re.I)
_NOT = re.compile(r"\b(?:not|never|isn't|aren't|n't)\b|n't ", re.I)
_NO_SUBJECT = re.compile(r"(?:i|it|this|that|there|they|my motivation|motivation|everything)\b", re.I)
_SAYS_OTHER = re.compile(r"\W*(?:i|i'm|i've|i'd|my|have|about|but i|and i)\b", re.I)
# Finds its words in a text with single spaces only.
_JOINT = re.compile(
    r"(, ?(?:and |but )?| [-–—] | (?:and|but|though|however) "
    r"(?=(?:i|i'm|i've|my|have|am|quite|very|highly|fairly|pretty|really|so|about|not)\b)"
    r"| (?=(?:I've got|I have|I can)\b))",
    re.I,
)
_UNSURE = re.compile(
    r"\b(?:don't know|do not know|not sure|no idea|unsure|can't say)\b[^,.;]{0,25}\bweak\w*"
    r"|\bno (?:real )?weak\w+|\bnot (?:really )?(?:weak|bad) (?:at|in|with) any\w*",
    re.I,
)
_NO_WEAKNESS = re.compile(
    r"^\W*(?:none|nothing|no|nope|i don'?t (?:really )?(?:know|have any)|don'?t know|not sure|no idea|unsure"
    r"|hard to say|everything|all of it"
    r"|n/?a|idk|dunno)\b",
    re.I,
)

_MOTIVATION = [
    (
        "low",
        r"\b(?:not|isn't|aren't|am not|n't)\s+(?:feeling )?(?:very|so|really|that|too|particularly|all that|much"
        r"|at all|super)?\s*"
        r"(?:motivated|keen|eager|excited)|\bunmotivated|\bdemotivated|\b(?:low|little|no|lack|lacking|lose|losing"
        r"|lost|struggl\w+ with) "
        r"(?:on |my |of |of my )?(?:motivation|energy)|motivation\s*(?:is|:|=|-)?\s*(?:about |around |currently "
        r"|now |at )?(?:quite |very |rather |a bit "
        r"|pretty )?(?:low|poor|bad|gone)"
        r"|\b(?:barely|hardly) motivated|\bburn(?:t|ed)[ -]out|stay motivated",
    ),
    (
        "medium",
        r"\b(?:somewhat|fairly|moderately|reasonably|averagely|medium|half|kind of|sort of|mildly) motivated"
        r"|medium motivation"
        r"|motivation\s*(?:is|:|=|-)?\s*(?:about |around |currently |now |at )?(?:quite |pretty |about "
        r"|so )?(?:medium|ok|okay|average|so-so|moderate|fine"
        r"|middling|mixed|varies)"
        r"|motivated (?:enough|some days|on good days)",
    ),
    (
        "high",
        r"\bmotivated\b|\b(?:high|strong|lots of|plenty of|full of|a lot of|great) (?:motivation|energy)"
        r"|\bhighly motivated"
        r"|motivation\s*(?:is|:|=|-)?\s*(?:about |around |currently |now |at )?(?:very |quite |really "
        r"|pretty )?(?:high|good|great|strong|excellent)"
        r"|\b(?:keen|eager|excited|determined|fired up|hungry) (?:to|for|about)\b|can't wait|very keen|really keen",
    ),
]
_MOTIVATION_ANSWER = [
    (
        "low",
        r"\b(?:low|lowish|tired|exhausted|drained|lazy|little|not (?:much|great|good|high|very|really|so)|barely"
        r"|hardly|bad|poor|down|meh"
        r"|weak|stressed|overwhelmed|1|2|3|4)\b",
    ),
    (
        "medium",
        r"\b(?:medium|middle|middling|mid|average|ok|okay|so-so|moderate|moderately|fairly|somewhat|fine|not bad"
        r"|normal|depends|varies"
        r"|mixed|alright|all right|average|decent|reasonable|in between|5|6|7)\b",
    ),
    (
        "high",
        r"\b(?:high|very|good|great|strong|full|lots|plenty|keen|eager|excited|super|extremely|totally|really|quite"
        r"|pretty|absolutely|100"
        r"|determined|8|9|10)\b",
    ),
]
_OUT_OF_TEN = re.compile(r"\b(10|[0-9])\s*(?:/|out of|of)\s*10\b")


@dataclass
class Facts:
    """What is known of a candidate; None or "" for what is not."""

    role: str | None = None
    daily_minutes: int | None = None
    weaknesses: str | None = None
    motivation: str | None = None

    def missing(self) -> list[str]:
        """The names of the unknown ones, in the order in which the coach asks."""
        return [name for name in ("role", "daily_minutes", "weaknesses", "motivation") if not getattr(self, name)]


def read_facts(message: str) -> Facts:
    """What the message states by itself, whatever was asked before."""
    text = plain(message)
    return Facts(read_role(text), daily_minutes(text), read_weaknesses(text), read_motivation(text))


def plain(message: object) -> str:
    """The message on one line, as these rules expect it: lines and slashes as pauses, apostrophes where they belong."""
    lines = (line.strip() for line in clean(message).splitlines() if line.strip())
    text = " ".join(line if line[-1] in ".!?,;:" else f"{line}." for line in lines).removesuffix(".")
    text = text.replace(" / ", ", ").replace("’", "'")
    # "im" and "dont" are words of German and French too.
    if not looks_foreign(text):
        text = _NO_APOSTROPHE.sub(lambda match: _APOSTROPHES[match[0].lower()], text)
    return on_one_line(text)


def read_weaknesses(text: str) -> str | None:
    """The weak spots the text names, in the candidate's words, or None."""
    if _UNSURE.search(text):
        return NOT_SURE
    spots: list[str] = []
    for sentence in sentences(text.replace(";", ",")):
        spots += _spots_of(sentence)
    trimmed = [spot for spot in map(_trim_spot, spots) if spot]
    return clip("; ".join(dict.fromkeys(trimmed)), WEAKNESS_WORDS) if trimmed else None


def _spots_of(sentence: str) -> list[str]:
    """The weak spots of one sentence; "weak in X, Y, quite motivated" gives "X, Y"."""
    spots: list[str] = []
    listing = False
    for joint, clause in _clauses(sentence):
        before = _WEAK_BEFORE.search(clause) or _WEAK_VERB.search(clause)
        after = _WEAK_AFTER.match(clause)
        if _STRENGTH.search(clause) and not _NOT.search(clause):
            listing = False
        elif before and not read_motivation(clause):
            spots.append(before[1])
            listing = True
        elif after and not _NO_SUBJECT.match(after[1]):
            spots.append(after[1])
            listing = False
        elif _SAYS_OTHER.match(clause) or mentions_time(clause) or read_motivation(clause) or states_role(clause):
            listing = False
        elif listing:
            spots[-1] += joint + clause
    return spots


def _clauses(sentence: str) -> list[tuple[str, str]]:
    """The clauses of a sentence, each with the joint before it."""
    pieces = _JOINT.split(sentence)
    return list(zip(["", *pieces[1::2]], pieces[::2], strict=True))


def _trim_spot(text: str) -> str:
    spot = re.sub(
        r"^(?:(?:in|at|on|with|about|the|my|definitely|probably|mostly|mainly|is|are|that|i)\s+)+",
        "",
        text.strip(),
        flags=re.I,
    )
    said = spot.strip(" .,;:!?").split()
    while len(said) > 1 and said[-1].lower() in ("and", "but", "so", "though"):
        said.pop()
    spot = " ".join(said)
    spot = re.sub(r"\band (?:with|at|in|on|about|of) ", "and ", spot, flags=re.I)
    if re.match(r"interviews? (?:at|for|as|with|next|on|in|this)\b", spot, re.I):
        return ""
    if set(words(spot)) <= {"interview", "interviews", "the", "an"}:
        return "nerves in interviews" if spot else ""
    return spot if stems(spot) - {"motivat", "energy"} else ""


def says_no_weakness(text: str) -> bool:
    """True for "none", "I don't know" and the like, as the answer to the question for weak spots."""
    return bool(_NO_WEAKNESS.match(text)) and len(words(text)) <= 8


def read_motivation(text: str, *, asked: bool = False) -> str | None:
    """ "low", "medium" or "high", or None. When motivation was asked for, a bare "quite" or "7" will do."""
    line = text.lower().replace("’", "'")
    mark = _OUT_OF_TEN.search(line)
    if mark and (asked or "motivat" in line):
        return "low" if int(mark[1]) <= 4 else "medium" if int(mark[1]) <= 7 else "high"
    for level, pattern in _MOTIVATION + (_MOTIVATION_ANSWER if asked else []):
        if re.search(pattern, line):
            return level
    return None


def plainly_stated(context: str) -> Facts:
    """Role and weak spots from the raw user context, only where they are stated in so many words."""
    text = plain(context)
    spots = []
    for sentence in sentences(text):
        match = re.search(
            r"\b(?:i struggle with|i am (?:weak|bad) (?:at|in)|i'm (?:weak|bad) (?:at|in)|my weak(?:ness(?:es)?"
            r"| spots?) (?:is|are))\s+(.+)",
            sentence,
            re.I,
        )
        if match and stems(match[1]):
            spots.append(_trim_spot(match[1]))
    return Facts(role=plain_role(text), weaknesses=clip("; ".join(spots), WEAKNESS_WORDS) or None)
