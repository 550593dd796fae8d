from django import template

from llm_modes.asking import usual_time as times

register = template.Library()


@register.simple_tag
def usual_time(modes: str) -> str:
    """How long calls of these modes (names with spaces between) usually take: "3 to 8 seconds"."""
    return times.usual_time(*modes.split())
