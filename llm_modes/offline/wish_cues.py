"""By which words wishes for another plan are known.

Made for a line with single spaces (text.on_one_line): in a long run of them some would begin anew at every one.
"""

import re

_TO = r"(?:to|towards|and give (?:them|it) to|for|on)"

RENAME = re.compile(r"\b(?:rename|call|change the name of)\s+(.+?)\s+(?:to|into|as)\s+(.+)", re.I)
REPLACE = re.compile(r"\b(?:replace|swap|exchange)\s+(.+?)\s+(?:with|for|by|against)\s+(.+)", re.I)
TRANSFER = re.compile(rf"\b(?:give|move|shift|take)\s+(.{{0,20}}?)\s*(?:from|of|off)\s+(.+?)\s+{_TO}\s+(.+)", re.I)
INSTEAD_OF = re.compile(r"\s+(?:instead of|rather than)\s+", re.I)
TOPIC_COUNT = re.compile(r"\b(?:only |just )?(\d) topics?\b", re.I)
FEWER_TOPICS = re.compile(
    r"\b(?:fewer|less|too many) (?:topics|things|subjects|areas)\b|\b(?:simpler|too much) plan\b", re.I
)
MORE_TOPICS = re.compile(r"\b(?:more|another|further|additional) (?:topics?|subjects?|areas?)\b|\bmore variety\b", re.I)
TOTAL = re.compile(
    r"\b(?:in total|total|altogether|overall|all in all|a day|per day|each day|every day|daily|the (?:whole )?plan)\b",
    re.I,
)
SHORTER = re.compile(
    r"\b(?:too (?:much|long)|shorter|less)\b[^.]{0,20}\b(?:overall|in total|a day|per day|for me|altogether|plan"
    r"|everything)\b|\bshorter\b|^(?:it'?s|it is|that'?s|this is|the plan is)?\s*(?:way |far |a bit |much )?too "
    r"(?:long|much)\W*$|\beverything (?:a bit )?(?:less|shorter)",
    re.I,
)
LOW_MOTIVATION = re.compile(
    r"\bmotivation (?:is |now |has |gone )*(?:\w+ )?(?:low|gone|down)|\bless motivated"
    r"|\bnot (?:so |very |really )?motivated|\blow motivation",
    re.I,
)
NO_WISH = re.compile(
    r"\bno (?:more )?changes?\b|\bnothing (?:to change|else)\b|\bkeep (?:the plan|it|everything)\b|\bleave it\b"
    r"|^why\b|\bwhat is\b",
    re.I,
)
# Levels are chosen in a session; they are no matter of the plan.
NO_SUBJECT = frozenset("harder easier better longer faster good well change".split())

# In this order: "don't need so much X" is less before it is drop; "no more X" is drop before it is more.
KINDS: list[tuple[str, re.Pattern[str]]] = [
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        (
            "less",
            r"\b(?:less|fewer|reduce|decrease|shorten|shorter|too much|not so much|so much|not as much|cut down"
            r"|cut back|lower|(?:is|are|isn't|aren't)? ?(?:not|n't) (?:so |that |very |as |really )?(?:important"
            r"|relevant|needed|necessary|useful)|isn't (?:so |that |very )?(?:important|relevant|needed)|unimportant"
            r"|irrelevant|i(?:'m| am| feel) (?:already |quite |pretty |now )?(?:good|fine|confident|strong|ok"
            r"|comfortable)|already (?:know|good|can|strong)|know (?:that|this|it) (?:well|already)|too easy"
            r"|easy for me)\b",
        ),
        (
            "drop",
            r"\b(?:drop|remove|delete|skip|cut|take out|(?:take|throw|leave|get)\b.{1,40}\bout|get rid of|without"
            r"|no more|don'?t (?:want|need|like)|do not (?:want|need)|scrap|cancel|take away|exclude"
            r"|not interested in)\b|^no\b(?! ?[,.]| more| problem)",
        ),
        (
            "first",
            r"\b(?:first|prioriti[sz]e|top priority|higher priority|move up|highest priority|most important"
            r"|main focus|start with|(?:to|on|at) (?:the )?top)\b",
        ),
        (
            "more",
            r"\b(?:more|increase|extend|longer|extra|raise|not enough|too little|too few|focus(?:ed)?"
            r"(?: only| mainly| just)? on|concentrate(?: only)? on|emphasi[sz]e|emphasis on|strengthen|boost|double)\b",
        ),
        (
            "add",
            r"\b(?:add|include|put in|introduce|missing|also (?:want|need|practi[sc]e)|is there|bring in|cover)\b",
        ),
        ("more", r"\b(?:struggle|struggling|weak|hard|difficult|trouble|shaky|harder|need (?:help|work|practice))\b"),
    )
]

SPLIT = re.compile(
    r"[.;!?\n]+\s*|,\s*(?:and |but |please |then )?|\s+(?:but|then|while|whereas|plus)\s+"
    r"|\s+and\s+(?=(?:also |please |then |rather |a bit |much |maybe )*(?:more|less|drop|remove|add|make|give|spend"
    r"|reduce|increase|cut|skip|delete|put|include|focus|rename|replace|swap|no|take|leave|fewer|don't)\b)"
    r"|\s+and\s+(?=[^,.;]{2,40}? (?:\d{1,3} ?min|less\b|more\b))",
    re.I,
)
# A short message comes with the coach's question behind it, which is no wish of the candidate's.
COACH_SAID = "(The coach had said: "
# "10 more minutes" is read as "10 minutes more".
MORE_MINUTES = re.compile(r"\b(\d{1,3}) (more|extra|additional|less|fewer) min\w*", re.I)
# Finds its words in a text with single spaces only.
BARE_MINUTES = re.compile(r"^(.*[^\d\s:=-]) ?[:=-]? ?(\d{1,3})$")
FILLERS = re.compile(
    r"\b(?:i'd|i'm|i've|it's|that's|let's|topic's|isn't|don't|please|time(?! management)|minutes?|mins?|hours?|practice"
    r"|practise|work|a bit|bit|much|lot|lots|of|on|for|with|in|to|the|topic|topics|session|sessions|questions?|plan"
    r"|some|something|about|i|like|want|would|need|could|can|you|we|should|spend|spending|give|it|is|are|and|also|my"
    r"|that|this|rather|so|too|really|very|put|make|have|has|think|per|day|daily|a|an|as|well|instead|at|up|by|from|not"
    r"|do|extra|maybe|what|there|be|am|already|because|half|me|us|them|feel|part|any|out|take|only|just|today|now)\b"
    r"|\d+|[^\w\s/+#&'-]",
    re.I,
)
