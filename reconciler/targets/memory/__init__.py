"""Targets in the memory of the process: for tests, and to try Magi out where there is no cloud.

kinds      segment, plug, machine: a virtual link, an interface on one, an instance of a VDU
lowering   a blueprint -> their Specs
driver     the Driver, and what is there: strict as a cloud about what is in use, and gone with the process
"""
