"""Fuzzing of everything that comes from outside: `python -m fuzz` (CONTRIBUTING.md, Fuzzing).

targets     one file a target: `check`, a function of bytes that may raise nothing but what says that an input failed
mutating    JSON values that are nearly right, chosen by bytes
corpus      the inputs that are kept, small, and replayed by the tests
running     a run of atheris, and what becomes of an input that fails
"""
