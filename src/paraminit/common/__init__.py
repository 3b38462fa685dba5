"""The import path that MindSpore's documents use."""
