"""What Magi costs, as numbers that repeat (requests) and as ratios that are measured side by side in one run."""
