"""What ships inside the logged model and answers requests; never imports ``training``."""
