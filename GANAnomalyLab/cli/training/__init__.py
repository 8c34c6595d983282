"""What ``gananomaly train`` can train: a module each, holding its ``command``."""
