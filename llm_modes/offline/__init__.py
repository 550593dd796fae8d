"""What the offline coach shares between modes: its bank of questions, and reading what candidates write.

It answers by rules where no language model is configured. The rules of a mode are in its folder (`offline.py`), and
`llm_modes/provider/offline_coach.py` asks them and checks the reply like a model's.
"""
