"""AssignTopics without a model: rules tell no question's topic, so the page has none asked (study/pasting.py)."""


def answer(_inputs: dict[str, object]) -> dict[str, object]:
    """No topic for any question, in the shape of AssignTopicsReply."""
    return {"questions": []}
