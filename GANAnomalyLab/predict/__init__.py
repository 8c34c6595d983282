"""Classifiers asked about pictures, DICOM files and findings: what each is, how surely, and what of it counted."""
