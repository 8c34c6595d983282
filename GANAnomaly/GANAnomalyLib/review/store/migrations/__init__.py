"""How the tables came to be, step by step; run by :mod:`..migrate` when a database is opened."""
