"""Training of PICARD: hide a part of a normal patch, learn to complete it (Konz et al. 2023).

One file an idea: config and published (settings), pool and data (what is learnt from), losses and trainer (one
iteration), snapshots, log and grids (what a run leaves behind), run (all of it). ``python -m
GANAnomalyLab.train.picard demo`` trains on the virtual cohort.
"""

from .patch_pool import Pool
from .picard_config import PicardConfig
from .train_picard import train

__all__ = ["PicardConfig", "Pool", "train"]
