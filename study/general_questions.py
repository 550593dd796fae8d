"""Which questions are the bank's general ones: they suit every topic, and say little of one."""

from llm_modes.offline.bank import find_question, general, role_bank, topic_for


def is_general(question: str, topic: str, role: str) -> bool:
    """Whether this is a question of the general bank, asked in a plan's topic that it does not belong to."""
    found = find_question(question)
    return bool(found and found[0] in general().topics and found[0] is not topic_for(topic, role_bank(role)))
