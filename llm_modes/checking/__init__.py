"""Checking a server: does it serve every mode, how fast, and what would have to be set? For `manage.py check_llm`."""
