"""By which words an answer's sentences are known to show own steps, figures, an outcome, reasons, and so on."""

import re

IRREGULAR_PAST = (
    "wrote built led made took ran set began sat met found gave told sent put cut sold taught drew held kept brought"
    " chose spoke drove spent"
    " fought won stood split went called rang read hung hid rode flew swam bought caught laid paid rebuilt rewrote"
    " stuck did"
)
_ADVERB = (
    r"(?:(?:then|also|first|immediately|personally|later|finally|even|still|just|quickly|therefore|simply|always|had"
    r"|have|only|now|myself|never|often)\s+)*"
)
_DEED = rf"((?:[a-z]+ed|{'|'.join(IRREGULAR_PAST.split())}))\b"
# Small "i" too: dictation and hurry write it so.
STEP = re.compile(rf"\bi(?:['’](?:ve|d))?\s+{_ADVERB}{_DEED}", re.I)
# Notes leave the "I" out: "Sat with the team for two weeks."
_BARE_STEP = re.compile(rf"^(?:then |also |first |finally )?{_DEED}", re.I)
SHARED_STEP = re.compile(rf"\bwe\s+{_ADVERB}{_DEED}", re.I)
# A second step in the same breath: "I moved my desk … and wrote down every case".
NEXT_STEP = re.compile(rf"(?:\b(?:and|then|but)|,)\s+{_ADVERB}{_DEED}", re.I)
# Some write the parts of the story in front: "Action: sat with the team, wrote down every fear."
_LABEL = re.compile(
    r"^(?:situation|task|action|actions|result|results|learning|lesson|background|context)\s*[:–-]\s*", re.I
)
_NO_STEP = frozenset(
    "based compared related located given called named need speed indeed learned learnt realised realized wanted needed"
    " liked felt believed noticed used loved enjoyed hoped wished wondered disappointed motivated interested"
    " experienced skilled tired worried pleased surprised annoyed involved supposed agreed managed lived seemed"
    " expected".split()
)
VAGUE_STEP = frozenset(
    "talked worked tried helped communicated explained dealt handled did listened supported improved ensured"
    " contributed participated achieved delivered".split()
)

CUES: dict[str, re.Pattern[str]] = {
    "outcome": re.compile(
        r"\b(?:as a result|results?|resulted|led to|which meant|in the end|eventually|went live|outcome|consequence"
        r"|reduced|increased|improved"
        r"|dropped|fell|rose|grew|saved|doubled|halved|tripled|won|signed|closed|achieved|reached|delivered|launched"
        r"|accepted|success\w*"
        r"|was approved|passed|adopted|renewed|recovered|shrank|within budget|on time|paid off|down (?:from|to)"
        r"|up (?:from|to)|discharged|stayed with us"
        r"|now (?:uses?|used|does|do)|no (?:longer|further|more) \w+|from [\w.,%]+ (?:[a-z]+ ){0,3}to [\w.,%]+"
        r"|thanked|still (?:use|used|in use)|before (?:it|that) was|went home|since (?:then|that day|january"
        r"|february|march"
        r"|april|may|june|july|august|september|october|november|december|last \w+)|by (?:january|february|march|april"
        r"|may|june|july|august|september|october|november|december)|any ?more|instead of \d|turned out"
        r"|(?:is|are|was|were|has been|have been) (?:now )?(?:under|over|below|above) \w+|it took until|survived)\b",
        re.I,
    ),
    "reflection": re.compile(
        r"\b(?:learned|learnt|learning|lesson|realis\w+|realiz\w+|next time|since then|looking back|in hindsight"
        r"|do differently|did differently|today i"
        r"|now i|from then on|my mistake|taught me|ever since|should have|was wrong to|i regret|changed how i"
        r"|these days i|what i took)\b",
        re.I,
    ),
    "stations": re.compile(
        r"\b(?:for (?:the (?:last|past) )?\w+ years?|\w+ years (?:as|in|of|on|at)|before that|after that"
        r"|since (?:then|last"
        r"|20\d\d|19\d\d|january|spring|summer)|currently|at present|at the moment|now i|i work|i lead|my (?:first|last"
        r"|present|current) (?:job|role|position)|i (?:started|began|trained|studied|joined|moved|changed|switched))\b",
        re.I,
    ),
    "fit": re.compile(
        r"\b(?:i want (?:to|more)|i would like|i'd like|next step|looking for|this (?:role|job|step|position|team)"
        r"|that is why"
        r"|that's why|which is why|your (?:team|company|school|hospital|product|customers)|attracts? me|because|cannot"
        r" (?:take|do|learn) here|move (?:on )?to)\b",
        re.I,
    ),
    "situation": re.compile(
        r"\b(?:last (?:year|month|week|spring|summer|autumn|winter|term|quarter|night)|(?:this|earlier this) (?:year"
        r"|month|week|term|spring|summer)"
        r"|in (?:january|february|march|april|may|june|july|august|september|october|november|december)|in (?:19"
        r"|20)\d\d|(?:at|in|on) my"
        r" (?:\w+ ){0,2}(?:company|job|team|school|ward|unit|shop|firm|department|clinic|hospital|class|placement"
        r"|employer|role|internship|office|bank)"
        r"|\w+ (?:weeks?|months?|years?|days?) ago|when (?:we|i|our|my|the)|one (?:morning|evening|day|night"
        r"|afternoon|of (?:my|our|the))|during (?:my|our|the|a)"
        r"|(?:the )?(?:situation|background)\b|my (?:task|role|job) was|on (?:monday|tuesday|wednesday|thursday|friday"
        r"|saturday|sunday)|a (?:patient|customer|client|pupil"
        r"|student|colleague|parent|girl|boy|man|woman) (?:of|who|in|with|had|was|called|came|on)|(?:i|we) had an?"
        r"|there was an?|i used to|(?:in|at) (?:my|our) (?:current|present|last|previous|old|first))\b",
        re.I,
    ),
    "reasons": re.compile(
        r"\b(?:because|so that|in order to|therefore|which (?:means|meant|is why|makes)|that(?:'s| is| was) why"
        r"|the reason|otherwise|so (?:i|we|the|it|they|that)"
        r"|depends on|due to|this means|if .{3,60}, |to (?:avoid|prevent|make sure|see|find out|check))",
        re.I,
    ),
    "example": re.compile(
        r"\b(?:for example|for instance|e\.g\.|such as|in my (?:last|current|previous|first)|at my|last (?:year"
        r"|month|week)|once\b|when (?:i|we) |we had|i had"
        r"|i (?:once|saw|used|built|wrote|ran|worked|taught|nursed)|imagine|let's say|say, )",
        re.I,
    ),
    "trade-offs": re.compile(
        r"\b(?:trade-?offs?|however|on the other hand|on the one hand|depends|the cost|costs|downsides?|drawbacks?"
        r"|whereas|unless|instead of|rather than|risks?|versus"
        r"|alternatives?|worse|expensive|not worth|limits?|limitations?|give up|gave up|at the price|but (?:it|that"
        r"|then|not|only|the|this|if|when|i|you)|although"
        r"|even though|does not (?:help|mean)|doesn't mean|exceptions?|not always|only (?:if|when|works|holds|for|on)"
        r"|would not (?:do|use|trust|give|choose|recommend)|may be different|weakness of|the risk)\b",
        re.I,
    ),
    "structure": re.compile(
        r"\b(?:first(?:ly)?|second(?:ly)?|third(?:ly)?|then|after that|afterwards|next|finally|in the end"
        r"|to begin with|the situation|my task|my role was|as a result"
        r"|at first|meanwhile|before that|since then|(?:two|three|four) (?:things|steps|points|parts|reasons|ways"
        r"|questions)|step|lastly|what i learned|in short|by the"
        r" (?:end|second|third|time)|once that|the result)\b",
        re.I,
    ),
    "speech": re.compile(
        r"[\"“”‘][^\"“”]{6,}|\b(?:i(?:'d| would| will|'ll)? (?:say|ask|tell|reply|answer|repeat|apologise|apologize"
        r"|thank)|i(?:'m| am) (?:so |very |really )?sorry"
        r"|i (?:can )?(?:understand|hear|see) (?:that|how|why|you)|thank you for|let me|may i|could you|what (?:is"
        r"|are|would|do|matters) |would you)\b",
        re.I,
    ),
    "offer": re.compile(
        r"\b(?:i (?:will|can|'ll|would) (?:\w+ )?(?:call|send|check|find|get|bring|offer|replace|refund|book|come"
        r"|make sure|arrange|write|stay|put|look|speak|give|follow|show|meet|review|take)"
        r"|i'll|by (?:tomorrow|tonight|monday|tuesday|wednesday|thursday|friday|noon|the end|\d)|within (?:\d|an|the"
        r"|one|two|three|half)|today|next step|right now|before you (?:go|leave))\b",
        re.I,
    ),
    "check": re.compile(
        r"\b(?:measure\w*|monitor\w*|check\w*|verif\w+|test\w*|metrics?|compare\w*|follow up|track\w*|confirm\w*"
        r"|validat\w+|experiment|pilot|evidence|ask (?:them|him|her|the|whether|if|what|who)"
        r"|review\w*|observe\w*|assess\w*|reassess\w*|look at|find out|clarif\w+|define\w*)\b",
        re.I,
    ),
}

FIGURE = re.compile(
    r"(?<![\w.])[£$€]?\d+(?:[.,:]\d+)*(?:\s?(?:%|percent|thousand|hundred|million|euros?|pounds|dollars)\b|%"
    r"|[km]\b)?(?!\w)"
)
ROUGH_FIGURE = re.compile(
    r"\b(?:half|twice|double|doubled|halved|third of|quarter of|dozen|dozens|hundreds?|thousands?|millions?|percent)\b",
    re.I,
)
GENERAL = re.compile(
    r"\b(?:always|usually|generally|in general|normally|most people|(?:many|other|all) people (?:just|do|don't|often"
    r"|are|have|think)|people (?:just|do not|don't|often|usually|always|see|want|are|have to|think|like)|everyone"
    r"|everybody|you (?:just |really |simply "
    r"|always |only )?(?:have to|should|need to|must|can|cannot|can't)"
    r"|one (?:should|must|has to|needs)|important|crucial|essential|key to|is (?:the )?key|team ?player"
    r"|good communicator|hard[- ]?work\w*|perfectionist|passionate|passion"
    r"|(?:fast|quick) learner|never had (?:any |a )?(?:big |real )?problems?|never (?:really )?(?:had|have)"
    r"|best practices?|and so on|etc|motivated person|people person"
    r"|give (?:110|100|my best)|synergy|good (?:at|with) (?:people|communication)|i would (?:just|simply|probably)"
    r"|nobody|every time|there is not much"
    r"|do my best|think outside|whatever it takes|work well under|(?:can|should) be (?:done|used)"
    r"|different (?:things|ways)"
    r"|good in a team|develop (?:myself|further)|learn new things|new challenges?|fits? (?:very |really )?well"
    r"|like (?:working|to work) with|synerg\w+|leverag\w+|holistic\w*|best-in-class|value chain|excellence"
    r"|customer journey|at the end of the day"
    r"|deliver(?:ing|s)? value|empower\w*|paradigm|game[- ]changer|win-win|data-driven|fail fast)\b",
    re.I,
)
HEDGE = re.compile(
    r"\b(?:maybe|i guess|kind of|sort of|probably|somehow|i suppose|more or less|whatever|stuff(?: like that)?"
    r"|things like that|or something|and (?:stuff|things)|not really sure"
    r"|basically|i don't really (?:know|remember)|pretty much|and so on|or so to say)\b",
    re.I,
)
OWN_EXPERIENCE = re.compile(
    r"\b(?:(?:in|on|at|from|of|with) (?:my|our)(?: own)? \w+|last (?:year|month|week|spring|autumn|winter|summer)"
    r"|(?:i|we) (?:once|had|saw|found|used|built|ran|do not any ?more|no longer|keep a|drop|would not)|my own"
    r"|our audit)\b",
    re.I,
)
BLAME = re.compile(
    r"(?:\b(?:not my (?:fault|problem|job)|their (?:own )?fault|(?:his|her) fault|because of (?:them|him|her|others)"
    r"|nothing (?:you|i|we|one) (?:can|could) (?:really )?do"
    r"|not much (?:you|i|we|one) (?:can|could) do|incompetent|stupid|lazy|idiots?|refused to listen|never listen(?:s"
    r"|ed)?|(?:they|management|he|she|the \w+ team|the others)"
    r" (?:were|was) (?:also |simply |just |always )?(?:late|wrong(?! by)|slow|useless|difficult|unreasonable)"
    r"|only (?:looks?|cares?|cared?|looked) (?:at|about)|had a bad attitude"
    r"|doesn't matter|i moved on quickly|no one told me|nobody told me|unfair|difficult (?:people|parents|customers"
    r"|patients)) ?\b)",
    re.I,
)
# Claims of an amount without the amount.
VAGUE_AMOUNT = re.compile(
    r"\b(?:a lot|lots of|much (?:\w+er|more|less)|better|faster|quicker|slower|cheaper|more (?:efficient|often|time"
    r"|customers|sales|motivated)|many|several|a few|some (?:time|good|people|deals|weeks|months)|most of|bigger|huge"
    r"|significant(?:ly)?|improved?|successful(?:ly)?|a success|higher|lower|a long time|quite a while|after a while"
    r"|fewer|less)\b",
    re.I,
)
# A sentence on what happened, not on how things are.
ABOUT_ITSELF = re.compile(r"\b(?:i|we|our|my|was|were|had|did|has|have)\b", re.I)
# What makes a reason worth praising.
FULL_REASON = re.compile(
    r"\b(?:because|so that|in order to|which (?:means|meant|is why)|otherwise|to (?:avoid|prevent))\b", re.I
)
# Narrow on purpose: "her pain score was 10" and "he told me to ignore the previous dose" are part of a story.
TO_THE_MARKER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b(?: \w+){0,4} (?:instructions?|prompts?|rubrics?"
    r"|system messages?)\b"
    r"|\b(?:give|award|grant|assign|rate|mark|score|grade) (?:me|this|it|my answer|the answer|this answer)\b.{0,40}"
    r"\b(?:10|ten|full|top|highest|maximum|9|nine|perfect|high)\b"
    r"|\b(?:assign|award|give) the (?:maximum|highest|top|full|best) (?:mark|score|rating|grade|points)"
    r"|\b(?:answer|response|candidate)\b.{0,40}\b(?:deserves?|worth|merits?|fulfils?|meets?)\b.{0,30}"
    r"\b(?:10|ten|full marks|perfect|top|criteri\w+|highest|rubric)\b"
    r"|^\W*(?:score|mark|rating|grade)\W*[:=]\W*\d|\"score\"\s*:|\bsystem prompt|\bas an? (?:ai|language model)\b"
    r"|\byou are now an?\b|\bpositive_feedback|\bimprovement_areas|</?(?:system|answer|assistant|user"
    r"|raw_user_context|candidate|coach|conversation|plan|question|notes|note|attempts|score)>|<\|im_|<<SYS>>"
    r"|\[INST\]|^#+ (?:instruction|response)"
    r"|^(?:system|assistant)\s*:|^you give \d|\b(?:return|output|print) (?:a |the )?(?:score|mark|rating|json)"
    r"|\bcandidate\b.{0,30}\b(?:answers?|scores?|marks?)\b.{0,20}\d",
    re.I,
)


def steps_in(sentence: str) -> list[str]:
    """The verbs of the speaker's own steps: "I moved my desk and wrote …" gives moved and wrote."""
    sentence = _LABEL.sub("", sentence)
    first = STEP.search(sentence)
    bare = _BARE_STEP.match(sentence)
    if first:
        verbs = STEP.findall(sentence) + NEXT_STEP.findall(sentence[first.end() :])
    else:
        verbs = [bare[1], *NEXT_STEP.findall(sentence[bare.end() :])] if bare else []
    return [verb.lower() for verb in verbs if verb.lower() not in _NO_STEP]


def has_figure(line: str) -> bool:
    """True for a figure other than a bare one or two, also a rough one; number words have to be digits already."""
    return any(figure not in ("1", "2") for figure in matches(FIGURE, line)) or bool(ROUGH_FIGURE.search(line))


def matches(pattern: re.Pattern[str], text: str) -> list[str]:
    """All matches of a pattern, as text."""
    return [match[0].strip() for match in pattern.finditer(text)]
