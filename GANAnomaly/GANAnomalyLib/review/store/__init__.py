"""The review database: who decided what, when; SQLite on this computer, or PostgreSQL by URL.

``database_place`` says where it is, ``review_database`` opens it, ``review_tables`` says what is in it and
``migrations`` how it came to be so. ``case_facts`` and ``record_decisions`` append, ``present_state`` reads,
``scans`` knows what waits for its analysis. Needs the extra ``review`` (SQLAlchemy, Alembic): nothing of it is imported
where a review does without.
"""
