"""Networks that say which class a picture is of, and where they looked; a model of theirs detects nothing.

Their cards have the kind "classifier". ``architecture`` is what a card says, ``network`` the networks, ``load`` the way
from a file to one in memory, ``grad_cam`` what of a picture counted. ``gananomaly train classifier`` makes them,
``gananomaly predict`` asks them.
"""
