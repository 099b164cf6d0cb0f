"""One pass, and when to observe next. The only room that knows all the others.

one_pass   observe, plan, apply, report: the whole way for one target
narrowing  one network service, or what is to be removed
converge   passes over all targets until nothing is left to do (magi apply)
expectations  how long a change may take
daemon     the repository and a loop a target, until it is stopped (magi run)
"""
