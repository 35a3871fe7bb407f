"""How good the lists are, beside baselines and other libraries, on public logs."""
