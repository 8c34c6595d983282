"""What the restorers share: detectors that make of a slice what it would look like if it were normal.

No kind of detector itself; ``README.md`` says what a kind adds.
"""
