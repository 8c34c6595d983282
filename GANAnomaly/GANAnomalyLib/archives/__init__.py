"""Image archives (PACS): asking, fetching, sending, and analysing what comes in, by DICOMweb or DIMSE.

``archive_protocol`` is what both are, ``web_archive`` and ``dimse_archive`` the two ways of speaking to one;
``connection`` is what is given to reach it, and ``open_archive`` takes that. ``fetch_series``, ``send_files`` and
``watch_archive`` use either. Needs dicomweb-client and pynetdicom, the extra ``pacs``.
"""
