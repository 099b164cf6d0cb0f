"""Cinder: volumes, their types, quotas. What Nova does with volumes goes through `attachments`."""
