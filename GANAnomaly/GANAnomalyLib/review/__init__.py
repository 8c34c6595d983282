"""What the reader decides about findings, and how it leaves the scene; plain Python, no Slicer.

``rows`` and ``facts`` are the data, ``decisions`` keeps them in a result folder, ``export`` writes them for others.
"""
