"""Lists for many customers at once, as a Parquet file that equals what serving answers."""
