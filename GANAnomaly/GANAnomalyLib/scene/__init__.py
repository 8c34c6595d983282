"""Results as 3D Slicer scenes; the only room that knows Slicer.

``build`` works on any MRML scene, in the application and out of it. ``headless`` makes scenes and pictures with no
application at all. Importing this package imports neither.
"""
