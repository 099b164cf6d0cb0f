"""The types of targets: for each a folder with all that is known of it. Nothing outside knows more than its door."""
