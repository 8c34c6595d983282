"""Image archives (PACS): asking, fetching, sending, and analysing what comes in, by DICOMweb or DIMSE.

``archive`` is what both are, ``web_archive`` and ``dimse_archive`` the two ways of speaking to one, ``connection`` what
is given to reach it; ``fetch_series``, ``send_files`` and ``watch`` use either. Needs dicomweb-client and pynetdicom,
the extra ``pacs``.
"""
