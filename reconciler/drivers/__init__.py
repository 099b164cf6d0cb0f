"""The drivers: how a kind of target is looked at and written to. One folder a kind of target."""
