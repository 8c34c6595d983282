"""How far a picture is from its reconstruction, as a whole and in the worst patch of 16 x 16 pixels."""

import numpy as np

from GANAnomalyLib.score import distance, patch_distance_map

original = np.full((64, 64), 100, np.uint8)
reconstruction = original.copy()
original[20:30, 30:40] = 180  # something that the model did not explain

print("whole picture:", distance(original, reconstruction, "wd"))
patches = patch_distance_map(original, reconstruction, patch_size=16, metric="wd")
row, column = np.unravel_index(patches.argmax(), patches.shape)
print("worst patch:", patches.max(), "with its upper left corner at row", row, "column", column)
