from django import template

from plans.progress import absence, left_out, progress_seen, strength_said
from plans.proposals.lines import figures
from plans.proposals.told import fate, is_left_alone, origin, story
from plans.signals import said, trend_said

register = template.Library()
register.filter("strength_said", strength_said)
register.filter("figures", figures)
register.filter("signal_said", said)
register.filter("trend_said", trend_said)
register.filter("origin", origin)
register.filter("fate", fate)
register.filter("story", story)
register.filter("is_left_alone", is_left_alone)


@register.filter
def strength(topic):
    """The rating, 0 to 10; None without marks."""
    return progress_seen(topic).strength_rating


@register.filter
def left_out_of_strength(topic):
    """Sentences about answers and questions that the strength leaves out."""
    return left_out(progress_seen(topic))


@register.filter
def absence_said(topic):
    """How long ago the topic was practised, if that is long ago (plans/progress.py: absence); else ""."""
    return absence(progress_seen(topic))
