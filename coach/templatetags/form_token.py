"""{% csrf_token %}, which also says for whom the form was made (coach/kept.py).

When somebody else is signed in by the time it comes back, the words in it are not theirs.
"""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from coach.kept import MARK, mark_of

register = template.Library()


@register.simple_tag(takes_context=True)
def csrf_token(context: template.Context) -> SafeString:
    """The hidden fields of a form: Django's token and, on a candidate's page, the candidate's mark."""
    token: Any = context.get("csrf_token", "NOTPROVIDED")
    if str(token) == "NOTPROVIDED":
        return SafeString("")
    fields = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)
    user = getattr(context.get("request"), "user", None)
    if user is not None and user.is_authenticated:
        fields += format_html('<input type="hidden" name="{}" value="{}">', MARK, mark_of(user))
    return fields
