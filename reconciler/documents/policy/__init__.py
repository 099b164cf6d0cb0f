"""What documents say about how changes are made: consent, guards, approvals, owners, tolerated drift."""
