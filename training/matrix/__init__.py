"""Who did what, as arrays: pairs of customer and product, the matrix, facts of products."""
