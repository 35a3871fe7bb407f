"""Erase one customer: train without them, promote, and say what still holds them."""
