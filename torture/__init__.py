"""A campaign against Magi: histories of commits, drift, faults and kills, and what has to be true after each of them.

What is judged here is judged without Magi: it runs as the command that people run, and what it did is read from the
requests that reached the cloud and from what the cloud holds. Nothing here imports it.
"""
