"""Two models side by side, for people: figures, lists, products, customers."""
