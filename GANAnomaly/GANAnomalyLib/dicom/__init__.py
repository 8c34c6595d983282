"""Results and decisions as DICOM objects on the instances that were analysed, and findings of others back from DICOM.

``source`` finds the instances, ``planes`` brings boxes and heat onto them, each kind of object has a file, ``export``
writes them together, ``import_findings`` reads. Needs highdicom; nothing else imports this room.
"""
