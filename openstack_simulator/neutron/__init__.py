"""Neutron v2.0: one file a resource; `routes` puts them together."""
