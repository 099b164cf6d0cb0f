"""From files to what is wanted: YAML, JSON Schema, cross-references, expansion into Desired."""
