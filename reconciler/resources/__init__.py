"""The kinds of resources: for each target type a folder, in it one file a kind.

A kind's file holds its Spec and how that is written and read at the target's API: pure data and pure functions.
The documents expand into these Specs; the drivers carry out the requests that the kinds describe.
"""
