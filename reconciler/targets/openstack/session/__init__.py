"""Talking with one cloud: login, budget, answers and their bounds, pages, what a refusal means."""
