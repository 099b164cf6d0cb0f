"""OpenStack VIMs.

kinds        one file for each kind of resource: its Spec, and how that is read, written and removed
session      talking with one cloud: login, budget, answers, pages, refusals
observing    raw listings -> World
preflight    what of a plan the cloud would refuse, and how long it will take
driver       the Driver: observe, and carry out a step
doctor       a cloud held against what is needed, and the least role
adopting     documents for what another actor made, and the marks on it
requirements what is needed of a cloud, and what is used

Nothing is imported here: the kinds are used without the SDK, which takes half a second to import.
"""
