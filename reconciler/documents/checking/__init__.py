"""What no schema can see: that names lead somewhere, addresses are free and fit, and everything has its place."""
