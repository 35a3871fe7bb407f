"""What products are near to each product: bought together, and alike."""
