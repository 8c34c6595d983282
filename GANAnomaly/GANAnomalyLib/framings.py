"""What of a slice a network sees. Apart from the room of volumes, since options are declared without loading it."""

FRAMINGS = ("full", "body", "slice-body")
"""Whole slices, the box around the body in the whole volume, or the box around the body in each slice."""
BODY_FRAMINGS = FRAMINGS[1:]
FRAMING_HELP = (
    "Whole slices (full), the box around the volume's body (body), or around that of each slice, which is the same "
    "however much was scanned (slice-body)."
)
