"""Training of StyleGAN2-ADA (Karras et al. 2020a, 2020b) on medical images.

One file an idea: options, presets and config (what is asked for, the published base configurations, what they come to),
plan (options and data to a run), draws (all chance, by the step's number), reals (batches), losses, networks and
trainer (one step), joint (an encoder that learns beside the generator), parallel and launch (several processes),
snapshots, ticks, grids, metrics, watch and card (what a run leaves behind), transfer (beginning from a model), run (all
of it).
"""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("stylegan2", "A generator of normal anatomy (StyleGAN2-ADA)", __name__, own_command=True)
