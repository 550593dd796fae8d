from django import template

from plans.lines import figures
from plans.progress import progress_seen, strength_said

register = template.Library()
register.filter("strength_said", strength_said)
register.filter("figures", figures)


@register.filter
def strength(topic):
    """The rating, 0 to 10; None without marks."""
    return progress_seen(topic).strength_rating
