"""Words of people: near misses, patterns of names, and what others wrote as it may be shown."""
