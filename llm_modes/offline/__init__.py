"""The offline coach: answers by rules and a question bank when no LLM is configured.

`transport.py` speaks the OpenAI protocol in process, so that the SDK, Instructor and every check of a reply run as
with a real model. `coach.py` sends each mode to the module that answers it. Nothing here imports Django.
"""
