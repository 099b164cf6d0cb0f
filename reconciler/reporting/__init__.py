"""What is said of a pass: status, events, metrics, and what follows from one report to the next."""
