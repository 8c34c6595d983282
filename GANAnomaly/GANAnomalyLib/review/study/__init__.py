"""Studies of readers: who reads which case, when and under which condition, and what they said of it.

``study_design`` reads a design, ``study_record`` keeps it, ``arrange_readings`` and ``assign_readings`` say who reads
what in which order, ``take_readings`` is the door for programs that show cases (a panel, a console, the command line),
``study_status`` tells how far it is, ``settle_cases`` keeps what an adjudicator said, ``study_rows`` gives it all to
the statistician. It lies in the review database (:mod:`..store`), in the tables of ``store/reader_study_tables``.
"""
