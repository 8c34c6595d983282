"""The training loop that all trainers share; see ``README.md`` beside this file."""
