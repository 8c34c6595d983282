"""The module's panel in 3D Slicer, a file a part. Qt, Slicer and the engine's light rooms; never torch."""
