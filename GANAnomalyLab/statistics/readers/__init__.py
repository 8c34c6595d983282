"""Studies of several readers and cases: figures of merit, their comparison, its power, and agreement."""
