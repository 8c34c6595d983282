"""Training of PICARD: hide a part of a normal patch, learn to complete it (Konz et al. 2023).

One file an idea: config and published (settings), pool and data (what is learnt from), losses and trainer (one
iteration), snapshots, log and grids (what a run leaves behind), run (all of it).
"""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("picard", "Complete hidden parts of normal patches (PICARD)", __name__, own_command=True)
