"""What the daemon holds after thousands of passes, in time that is moved manually: nothing may grow with them.

clock      the time of the daemon and of the clouds, in memory that both processes share
clouds     the simulator in a process of its own, and what is asked of it manually
forge      a forge that refuses for a while, again and again
documents  what the repository holds
rig        the real daemon, its repository and its web API, a pass at a time
year       what happens from pass to pass
holdings   what the process holds now
judging    the last third of what was measured against the second one
"""
