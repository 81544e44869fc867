"""Contact shadows and reflections: what makes a thing stand on its ground."""

from __future__ import annotations

from imagend.sketch.draw.backdrops.stage import Stage
from imagend.sketch.draw.backdrops.water import surface
from imagend.sketch.draw.layout import Box
from imagend.sketch.draw.pen import mix


def shadow(stage: Stage, box: Box) -> None:
    """A soft ellipse under the feet, with a darker core where they touch."""
    if box.ground is None or box.afloat:
        return
    hovering = box.ground > box.bottom + 1
    color, strength = _tone(stage)
    strength *= 0.45 if hovering else 1.0
    soft = stage.pen.radial(
        [(0.0, color + _alpha(strength)), (0.55, color + _alpha(strength * 0.55)), (1.0, color + "00")]
    )
    rx = box.width * (0.44 if hovering else 0.60)
    y = box.ground - box.height * 0.012
    stage.pen.ellipse(box.center + rx * 0.05, y, rx, max(0.8, rx * 0.20), soft)
    if not hovering:
        core = stage.pen.radial([(0.0, color + _alpha(strength)), (1.0, color + "00")])
        stage.pen.ellipse(box.center, y, rx * 0.72, max(0.5, rx * 0.09), core)


def _tone(stage: Stage) -> tuple[str, float]:
    indoors = {"studio": ("#5a5566", 0.36), "room": ("#2b1509", 0.50), "space": ("#1a1433", 0.6)}
    return indoors.get(stage.scene["place"], (stage.light.shadow, stage.light.shadow_opacity + 0.12))


def _alpha(strength: float) -> str:
    return f"{round(255 * min(1.0, max(0.0, strength))):02x}"


def reflection(stage: Stage, box: Box) -> None:
    """Dark water and rings of light around what floats."""
    if not box.afloat:
        return
    pen, rx = stage.pen, box.width * 0.5
    dark = mix(stage.land("#1f5f83"), stage.light.sky[1], 0.2)
    pen.ellipse(
        box.center,
        box.bottom + min(rx, 15.0) * 0.16,
        rx * 0.95,
        min(rx, 15.0) * 0.30,
        pen.radial([(0.0, dark + "c0"), (0.6, dark + "60"), (1.0, dark + "00")]),
    )
    for i, share in enumerate((1.05, 0.8, 0.55)):
        y, w = box.bottom + min(rx, 15.0) * (0.02 + 0.13 * i), rx * share
        _ripple(stage, box.center, y, w)


#: How deep each kind lies in the water, as a share of its height.
_DRAUGHT = {"whale": 0.19, "fish": 0.30, "duck": 0.18, "boat": 0.08}


def waterline(stage: Stage, box: Box) -> None:
    """Water in front of what floats: hides its lower part behind a soft, rippled edge."""
    if not box.afloat:
        return
    pen, deep, rx = stage.pen, box.height * _DRAUGHT[box.thing.kind], box.width * 0.58
    top, color = box.bottom - deep, surface(stage)
    left, right, low = box.center - rx, box.center + rx, box.bottom + deep * 0.55
    pen.path(
        f"M{left:.2f} {top:.2f}Q{box.center:.2f} {top - deep * 0.12:.2f} {right:.2f} {top:.2f}"
        f"C{right:.2f} {low:.2f} {left:.2f} {low:.2f} {left:.2f} {top:.2f}Z",
        pen.linear([(0.0, color + "f4"), (0.72, color + "f0"), (1.0, color + "00")]),
    )
    for share, down in ((0.94, 0.0), (0.7, 0.32), (0.46, 0.62)):
        w, line = rx * share, top + deep * down
        _ripple(stage, box.center, line, w)


def _ripple(stage: Stage, x: float, y: float, w: float) -> None:
    """One thin crescent of light on the water, `w` to either side."""
    crescent = f"M{x - w:.2f} {y:.2f}Q{x:.2f} {y + w * 0.10:.2f} {x + w:.2f} {y:.2f}"
    crescent += f"Q{x:.2f} {y + w * 0.05:.2f} {x - w:.2f} {y:.2f}Z"
    stage.pen.path(crescent, mix(stage.light.sky[3], "#ffffff", 0.5), opacity=0.6)
