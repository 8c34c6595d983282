"""Training masked autoencoders: what is hidden, and what every restorer's training does."""

from __future__ import annotations

from train.restorers import RestorerTraining


class TestMaeTraining(RestorerTraining):
    kind, steps = "mae", 400
    quick = {  # noqa: RUF012
        **{"patch": 4, "width": 32, "depth": 2, "heads": 4},
        **{"decoder_width": 32, "decoder_depth": 1, "decoder_heads": 4},
        **{"learning_rate": 3e-3},
    }
