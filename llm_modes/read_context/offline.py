"""ReadContext without a model: rules do not read such texts, so no page has them asked (plans/context_reading.py)."""


def answer(_inputs: dict[str, object]) -> dict[str, object]:
    """Nothing, in the shape of ReadContextReply."""
    return {"competencies": [], "profile": None}
