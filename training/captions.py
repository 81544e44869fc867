"""Captions for random scenes, and the facts that each caption states.

A caption is ordinary English that goes through `sketch.text.read`, as a user's prompt will. Slots of the scene stand in
the order of mention, unmentioned decor last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from imagend.sketch.scene import Scene
from imagend.sketch.vocabulary import KIND
from training.phrases import (
    CAMERA_OPENINGS,
    FILLER_TAILS,
    HELD_OUT_RELATIONS,
    NEUTRAL,
    POSE_WORDS,
    POSITIONS,
    RELATIONS,
    STYLE_OPENINGS,
    UNKNOWN_ADJECTIVES,
    UNKNOWN_NOUNS,
    plural,
    world_phrase,
)  # fmt: skip
from training.placing import place_world
from training.world import AT_HOME, DEFAULTS, Group, World, held_out, random_world

Fact = tuple[object, ...]
_NUMBER_WORDS = {2: ("two", "2", "a pair of"), 3: ("three", "3"), 4: ("four", "4"), 5: ("five", "5")}
_GENERIC = {"animal": "animal", "vehicle": "vehicle", "building": "building", "plant": "plant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Captioned:
    """A caption, what it states, and the scene that it describes."""

    caption: str
    facts: tuple[Fact, ...]
    scene: Scene
    aspect: float
    negative: bool = False  # the caption is of the "at least one of these is in the picture" sort
    decor: tuple[str, ...] = ()  # kinds that stand in the scene unmentioned


def random_pair(rng: Random, *, split: str = "train") -> Captioned:
    """One caption with its scene. `split`: "train"; "test" (held-out phrasings); "triples" (held-out combinations)."""
    while True:
        world = random_world(rng, groups=(0.0, 1.0) if split == "triples" else (0.08, 0.36, 0.39, 0.17))
        place = world.fields["place"]
        unseen = any(held_out(group.kind, group.color, place) for group in world.groups)
        if unseen != (split == "triples"):
            continue
        if split == "triples":
            world.groups[0].position = ""
        scene = place_world(rng, world)
        if scene is not None:
            return Writer(rng=rng, world=world, scene=scene, split=split).write()


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes one caption; collects the facts as it states them."""

    rng: Random
    world: World
    scene: Scene
    split: str

    def write(self) -> Captioned:
        roll = self.rng.random() if self.split == "train" else 1.0
        decor = tuple(thing.kind for thing in self.scene.things[sum(group.count for group in self.world.groups) :])
        facts: list[Fact] = []
        negative = False
        if roll < 0.1:
            caption = "" if roll < 0.08 else self.rng.choice(NEUTRAL)
        elif roll < 0.22 and self.scene.things:
            caption, negative = self._terms(), True
        else:
            caption = self._describe(facts, decor)
        return Captioned(
            caption=caption, facts=tuple(facts), scene=self.scene, aspect=self.world.aspect, negative=negative,
            decor=decor,
        )  # fmt: skip

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    # --- whole captions -------------------------------------------------------------------------

    def _describe(self, facts: list[Fact], decor: tuple[str, ...]) -> str:
        richness = self.rng.choice((0.2, 0.6, 0.95)) if self.split == "train" else self.rng.choice((0.4, 0.9))
        stated = self._choose_fields(richness, facts)
        subjects = self._subjects(facts)
        extras = self._backdrop(facts, decor) if self.chance(0.45) else []
        if self.world.toys and len(decor) >= 2:
            extras.append(self.rng.choice(("toys", "toys around", "with toys", "surrounded by toys")))
            facts.append(("toys",))
        if self.split != "triples" and self.chance(0.05):
            extras.append(
                f"a {self.rng.choice(('red ', 'blue ', 'big ', 'green ', ''))}{self.rng.choice(UNKNOWN_NOUNS)}"
            )
        form: Callable[[list[str], dict[str, str], list[str]], str] = self.rng.choices(
            (self._sentence, self._list, self._opening), (0.62, 0.18, 0.2)
        )[0]
        return self._decorate(form(subjects, stated, extras))

    def _choose_fields(self, richness: float, facts: list[Fact]) -> dict[str, str]:
        stated = {}
        for name in ("place", "time", "weather", "style", "mood", "camera"):
            value = self.world.fields[name]
            share = 0.9 * richness
            if name in DEFAULTS:
                share = 0.25 * richness if value == DEFAULTS[name] else (1 + richness) / 2
            if self.split == "triples" and name == "place":
                share = 1.0
            if value not in {"neutral"} and self.chance(share):
                stated[name] = value
                facts.append((name, value))
        return stated

    def _sentence(self, subjects: list[str], stated: dict[str, str], extras: list[str]) -> str:
        """Subject first, then where, when and how."""
        text = self._joined(subjects)
        if subjects and self.chance(0.08):
            text = f"there is {text}"
        text, place, told = self._adjectives(text, self._place(stated), stated)
        names = [name for name in ("time", "weather", "camera", "mood") if name not in told]
        tail = [phrase for name in names if (phrase := self._field(name, stated))]
        self.rng.shuffle(tail)
        style = self._style(stated)
        if style and (self.chance(0.5)):
            return ", ".join(filter(None, (" ".join(filter(None, (text, place))), *extras, *tail, style)))
        if style:
            text = f"{self.rng.choice(STYLE_OPENINGS[stated['style']])} {text or 'of'}".replace("of of", "of")
        text = " ".join(filter(None, (text, place)))
        if tail and self.chance(0.5):
            text = f"{text} {tail.pop()}"
        return ", ".join(filter(None, (text, *self._with(extras), *tail)))

    def _adjectives(self, text: str, place: str, stated: dict[str, str]) -> tuple[str, str, set[str]]:
        """Says weather, mood and camera inside the sentence now and then ("a cozy cabin in the snowy mountains")."""
        told: set[str] = set()
        if not text and place:
            place = f"a {stated['place']}" if self.chance(0.6) else place
        for name in ("weather", "mood", "time"):
            if name not in stated or not self.chance(0.35):
                continue
            if place and self.chance(0.6):
                place = f"{self.rng.choice(('in', 'in the', 'on', 'in a', 'at'))} {stated[name]} {stated['place']}"
            elif text.startswith("a "):
                text = f"a {stated[name]} {text[2:]}"
            else:
                continue
            told.add(name)
        if stated.get("camera") in {"close", "wide"} and text and self.chance(0.4):
            text = f"{CAMERA_OPENINGS[stated['camera']]} {text}"
            told.add("camera")
        return text, place, told

    def _opening(self, subjects: list[str], stated: dict[str, str], extras: list[str]) -> str:
        """Where and when first, then the subject."""
        place, time = self._place(stated), self._field("time", stated)
        rest = [phrase for name in ("weather", "camera", "mood") if (phrase := self._field(name, stated))]
        style = self._style(stated)
        opening = [place, time] if self.chance(0.6) else [time, place]
        opening = [" ".join(filter(None, opening))] if self.chance(0.6) else opening
        parts = [*opening, self._joined(subjects), *extras, *rest]
        parts = [style, *parts] if self.chance(0.5) else [*parts, style]
        return ", ".join(filter(None, parts))

    def _list(self, subjects: list[str], stated: dict[str, str], extras: list[str]) -> str:
        """Comma-separated key words: groups keep their order, everything else goes anywhere."""
        words = [self._bare(name, value) for name, value in stated.items()] + extras
        parts = [subject.removeprefix("a ") if self.chance(0.6) else subject for subject in subjects]
        for word in words:
            parts.insert(self.rng.randint(0 if self.chance(0.2) else len(parts), len(parts)), word)
        return ", ".join(filter(None, parts))

    def _terms(self) -> str:
        """What a negative prompt looks like: one thing that is there, and others that may not be."""
        fields = self.scene.world
        true = [thing.kind for thing in self.scene.things] * 2
        true += [f"{thing.color} {thing.kind}" for thing in self.scene.things if thing.color != "natural"]
        true += [name for name in ("trees", "flowers", "clouds", "hills", "rocks") if fields[name] not in {"none"}]
        true += [_sun(fields)] if fields["sun"] == "shown" else []
        true += [name for name in ("window", "rug", "shelf") if fields[name] == "shown"]
        true += ["flock of birds"] if fields["birds"] == "shown" else []
        true += [fields[name] for name in ("place", "time", "weather", "style") if self.chance(0.4)]
        others = [*AT_HOME[fields["place"]][1].split(), "trees", "clouds", "people", "watercolor", "night", "rainy"]
        terms = [
            self.rng.choice(true),
            *self.rng.sample(others, self.rng.choices((0, 1, 2, 3), (0.5, 0.2, 0.2, 0.1))[0]),
        ]
        self.rng.shuffle(terms)
        return ", ".join(plural(term) if term in KIND and self.chance(0.3) else term for term in terms)

    # --- parts ----------------------------------------------------------------------------------

    def _joined(self, subjects: list[str]) -> str:
        if len(subjects) < 2:
            return "".join(subjects)
        if len(subjects) == 2:
            return self.rng.choice((" and ", " and ", " with ", ", ")).join(subjects)
        return f"{subjects[0]}, {subjects[1]} and {subjects[2]}" if self.chance(0.7) else " and ".join(subjects)

    def _with(self, extras: list[str]) -> list[str]:
        return [f"with {extra}" if not extra.startswith(("with", "no ", "a ", "surr")) and self.chance(0.3) else extra
                for extra in extras]  # fmt: skip

    def _subjects(self, facts: list[Fact]) -> list[str]:
        groups = self.world.groups
        phrases = [self._noun_phrase(group, facts) for group in groups]
        if self.world.relation and len(groups) > 1:
            relation = self.world.relation
            forms = (
                RELATIONS[relation] if self.split == "train" else RELATIONS[relation] + 2 * HELD_OUT_RELATIONS[relation]
            )
            facts.append(("relation", _handle(groups[0]), relation, _handle(groups[1])))
            is_ = "is " if self.chance(0.1) else ""
            phrases[:2] = [f"{phrases[0]} {is_}{self.rng.choice(forms)} {phrases[1]}"]
        return phrases

    def _noun_phrase(self, group: Group, facts: list[Fact]) -> str:
        noun, colored = self._noun(group, facts)
        article = self._number(group, facts, colored) if noun in group.kind or noun == plural(group.kind) else "a"
        before, after = [group.size_word] if group.size_word else [], []
        late_color = colored and self.chance(0.05)
        pose = self._pose(group, facts)
        if pose and self.chance(0.4):
            before.append(pose)
            pose = ""
        if colored and not late_color:
            before.insert(self.rng.randint(0, len(before)), group.color)
        after += [pose] if pose else []
        after += [f"that is {group.color}"] if late_color else []
        after += [self._detail(group, facts), self._words(group, facts)]
        if group.position:
            facts.append(("position", _handle(group), group.position))
            after.append(self.rng.choice(POSITIONS[group.position]))
        if self.chance(0.06):
            before.insert(0, self.rng.choice(UNKNOWN_ADJECTIVES))
        return " ".join(filter(None, (article, *before, noun, *after)))

    def _noun(self, group: Group, facts: list[Fact]) -> tuple[str, bool]:
        kind = KIND[group.kind]
        same = sum(other.kind == group.kind for other in self.world.groups) > 1
        colored = group.color != "natural" and (same or self.chance(0.88) or self.split == "triples")
        if kind.group in _GENERIC and group.count == 1 and not same and self.chance(0.03) and self.split == "train":
            return _GENERIC[kind.group], colored
        facts.append(("kind", group.kind))
        if colored:
            facts.append(("color", group.kind, group.color))
        return (plural(group.kind) if group.count > 1 else group.kind), colored

    def _number(self, group: Group, facts: list[Fact], colored: bool) -> str:
        same = sum(other.kind == group.kind for other in self.world.groups) > 1
        color = group.color if same and colored else None
        if group.count > 1 and self.chance(0.15):
            facts.append(("several", group.kind, color))
            return self.rng.choice(
                {4: ("many", "several", ""), 5: ("many", "many", "")}.get(group.count, ("some", "a few", ""))
            )
        if not same or color:
            facts.append(("count", group.kind, group.count, color))
        if group.count > 1:
            return self.rng.choice(_NUMBER_WORDS[group.count])
        return "one" if self.chance(0.06) else "a"

    def _pose(self, group: Group, facts: list[Fact]) -> str:
        usual = KIND[group.kind].poses[0] == group.pose
        if len(KIND[group.kind].poses) < 2 or not self.chance(0.15 if usual else 0.92):
            return ""
        facts.append(("pose", group.kind, group.pose))
        return self.rng.choice(POSE_WORDS[group.pose])

    def _detail(self, group: Group, facts: list[Fact]) -> str:
        if group.detail == "none" or not self.chance(0.92):
            return ""
        facts.append(("detail", group.kind, group.detail))
        article = "" if group.detail in {"glasses", "freckles"} else "a "
        joining = "with" if group.detail == "freckles" else self.rng.choice(("with", "wearing", "in"))
        return f"{joining} {article}{group.detail}"

    def _words(self, group: Group, facts: list[Fact]) -> str:
        if group.text == "none":
            return ""
        facts.append(("text", group.kind, group.text))
        quote = {"quote1": '"ONE"', "quote2": '"TWO"'}[group.text]
        return self.rng.choice(
            (f"that says {quote}", f"that says {quote}", f"with {quote}", f"{quote}", f"{quote} on it")
        )

    def _backdrop(self, facts: list[Fact], decor: tuple[str, ...]) -> list[str]:
        """Statements on painted parts: a part is chosen first, then stated, whatever its value is."""
        fields = self.scene.world
        names = ["trees", "flowers", "clouds", "sun", "hills", "rocks", "birds"]
        names += ["window", "rug", "shelf"] * 2 if fields["place"] == "room" else []
        statements = []
        present = {thing.kind for thing in self.scene.things}
        for name in self.rng.sample(names, self.rng.choice((1, 1, 2))):
            if (
                fields[name] == "none"
                and name in {"trees", "flowers"}
                and present & {"tree", "pine", "palm", "flower", "sunflower"}
            ):
                continue
            statements.append(world_phrase(self.rng, name, fields))
            facts.append(("backdrop", name, fields[name]))
        absent = [kind for kind in AT_HOME[fields["place"]][1].split() if kind not in present]
        if absent and self.chance(0.25):
            kind = self.rng.choice(absent)
            if not (kind == "tree" and fields["trees"] != "none") and not (
                kind == "flower" and fields["flowers"] != "none"
            ):
                statements.append(
                    f"{self.rng.choice(('no', 'without'))} {self.rng.choice((plural(kind), plural(kind), kind))}"
                )
                facts.append(("absent", kind))
        return statements

    def _field(self, name: str, stated: dict[str, str]) -> str:
        return world_phrase(self.rng, name, self.world.fields) if name in stated else ""

    def _place(self, stated: dict[str, str]) -> str:
        return self._field("place", stated)

    def _style(self, stated: dict[str, str]) -> str:
        return self._field("style", stated)

    def _bare(self, name: str, value: str) -> str:
        return value if self.chance(0.8) else world_phrase(self.rng, name, self.world.fields)

    def _decorate(self, caption: str) -> str:
        """Unknown words and praise, which change nothing."""
        words = caption.split(" ")
        if self.chance(0.1):
            words.insert(self.rng.randint(0, len(words)), self.rng.choice(UNKNOWN_ADJECTIVES))
        caption = " ".join(words)
        return f"{caption}, {self.rng.choice(FILLER_TAILS)}" if self.chance(0.12) else caption


def _handle(group: Group) -> tuple[str, str]:
    """What finds a group in a scene again: kind and colour."""
    return group.kind, group.color


def _sun(fields: dict[str, str]) -> str:
    return "moon" if fields["time"] == "night" else "sun"
