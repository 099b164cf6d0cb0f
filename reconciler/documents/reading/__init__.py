"""From the bytes of a file to documents of a known kind: YAML with the place of every value, held against schemas."""
