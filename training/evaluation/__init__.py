"""How good the lists are: tasks, metrics per customer and their means, beside baselines."""
