"""Sets of images: archives read and written, taken apart, degraded, converted; one item in memory at a time."""
