"""Classifiers asked about pictures and DICOM files: what each is, how surely, and what of it counted."""
