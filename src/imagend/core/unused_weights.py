"""Components that folders of weights bring and no picture of ours passes through: not pulled, counted or loaded.

Pictures are judged in imagend's own way, whatever the model; there are no pictures among the prompts.
"""

from __future__ import annotations

UNUSED_COMPONENTS = ("safety_checker", "feature_extractor", "image_encoder")
