"""What the reader decides about findings, and how it leaves the scene; plain Python, no Slicer.

``finding_rows`` and ``result_facts`` are the data, ``decisions`` keeps them in a result folder, ``export`` writes them
for others. ``ask_classifier`` asks a classifier of readers' decisions about findings, ``opinions`` keeps what it says.
"""
