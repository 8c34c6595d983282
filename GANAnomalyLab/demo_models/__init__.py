"""The bundled demo model: a virtual cohort from one public CT, the training, the numbers on its card.

``python -m GANAnomalyLab.demo_models train RUN`` then ``export RUN`` and ``evaluate``; every seed is fixed here.
"""
