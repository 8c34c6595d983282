"""What the trainers of restorers share; no trainer itself. ``README.md`` in ``GANAnomalyLib/detectors/restorer`` says
what a kind adds."""
