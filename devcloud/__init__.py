"""A real OpenStack control plane on loopback, for tests: see docs/devcloud.md."""
