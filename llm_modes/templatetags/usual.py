"""What pages say of waiting for the coach: how long it usually takes, and how far it is."""

from django import template

from llm_modes.asking import usual_time as times

register = template.Library()

PHASES = {"queued": "Waiting for its turn", "asked": "Waiting for the first words", "writing": "Writing"}


@register.simple_tag
def usual_time(modes: str) -> str:
    """How long a call of these modes usually takes: "3 to 8 seconds"."""
    return times.usual_time(*modes.split())


@register.filter
def phase_said(phase: str) -> str:
    """How far a waiting row is: "Writing"."""
    return PHASES[phase]
