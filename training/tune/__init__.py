"""Search the knobs on a window inside the past, with Optuna, resumable."""
