"""Nova v2.1 with its microversions: one file a resource; `routes` puts them together."""
