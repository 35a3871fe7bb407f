"""Speed and quality beside other libraries: each module prints JSON lines."""
