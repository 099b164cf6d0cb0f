"""Whether a cloud can be used, and what it has to allow."""
