from django import template

from coach.counted import counted

register = template.Library()
register.filter("counted", counted)
