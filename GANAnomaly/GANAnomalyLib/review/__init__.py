"""What the reader decides about findings, and how it leaves the scene; plain Python, no Slicer.

``finding_rows`` and ``result_facts`` are the data, ``decisions`` keeps them in a result folder, ``export`` writes them
for others. ``added_findings`` are what the model missed, ``coded_labels`` and ``terminology`` what findings are called,
``reading_changes`` what a reader said since. ``ask_classifier`` asks a classifier of readers' decisions about findings,
``opinions`` keeps what it says. ``worklist`` says what is to be analysed, read and settled.
"""
