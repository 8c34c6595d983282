"""Which file of VGG16 weights is the published one, told without torch."""

from __future__ import annotations

from pathlib import Path

from ...running.messages import Message

VGG16_SHA256 = "397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0"
"""Of torchvision's vgg16-397923af.pth."""


def weights_notice(path: Path | str) -> list[str]:
    """What a result should say of its VGG16 weights: nothing of torchvision's own file, a sentence of any other."""
    from ...models.store import model_hash

    digest = model_hash(path)
    if digest == VGG16_SHA256:
        return []
    return [Message("other_vgg16", digest=digest)]
