"""What may be done: windows, owners of folders, approvers, digests of what is approved, rules in Rego."""
