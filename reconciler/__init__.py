"""Magi: GitOps for network services."""
