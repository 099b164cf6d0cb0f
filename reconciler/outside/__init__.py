"""What is neither Git nor a target: secrets and keys of the host, its files, and instances that are probed."""
