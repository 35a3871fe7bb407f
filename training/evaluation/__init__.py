"""How good the lists are: metrics per customer, intervals, baselines, segments."""
