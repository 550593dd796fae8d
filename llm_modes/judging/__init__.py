"""Judging a model: does it mark as a fair person would? For `manage.py judge_model`."""
