"""f-AnoGAN: what a Wasserstein GAN of normal slices makes of the latent that an encoder finds for a slice."""

from ..kinds import DetectorKind

KIND = DetectorKind("fanogan", "f-AnoGAN", __name__, map_setting="feature_weight")
