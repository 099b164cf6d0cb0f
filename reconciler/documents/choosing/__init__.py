"""What a service leaves to choices, made plain: sets, placements, deployment flavours, placeholders."""
