"""Keeps pytest from importing what runs in MindSpore's own environment."""

collect_ignore_glob = ["*_side.py", "mindspore_*.py", "record_*.py"]
