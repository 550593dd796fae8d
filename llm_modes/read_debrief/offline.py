"""ReadDebrief without a model: rules do not read such a text, so nobody is asked (plans/debriefs.py)."""


def answer(_inputs: dict[str, object]) -> dict[str, object]:
    """Nothing, in the shape of ReadDebriefReply."""
    return {"questions": [], "gaps": []}
