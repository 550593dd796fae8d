"""What the offline coach says of an answer that it could not read. Such remarks say nothing about how it was told."""

NO_ANSWER = (
    "Even a guess is worth more than silence: say what you do know about it, and how you would find out the rest."
)
GIBBERISH = (
    "I could not read sentences in this. Answer in a few full sentences; about {target} words would do in the time."
)
FOREIGN = (
    "I am a set of rules that reads English only, so this mark says little. "
    "Answer in English; with a language model connected, any language will do."
)
