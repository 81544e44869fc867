"""The tokens that the text encoder knows, and the English words and phrases that lead to them.

A token's index is what the weights know, so `TOKENS` only grows at its end (into the spare ids). Leading more words
to a token that exists costs nothing and needs no training.
"""

from __future__ import annotations

from imagend.sketch.vocabulary import KINDS

PAD, START, ANY, UNKNOWN, PLURAL = "<pad>", "<start>", "<any>", "<unk>", "<s>"

#: `ANY` opens a negative prompt: "at least one of the following stands somewhere in the picture".
_SPECIAL = (PAD, START, ANY, UNKNOWN, PLURAL, ",", "quote1", "quote2", "says")
_FUNCTION = ("a", "and", "with", "in", "on", "at", "no", "wearing")
_NUMBERS = ("two", "three", "four", "five", "some", "many", "few")
_RELATIONS = ("left_of", "right_of", "above", "below", "next_to", "in_front_of", "behind", "on_top_of")
_POSITIONS = ("at_left", "at_right", "at_center", "at_top", "at_bottom", "near", "far")
_COLORS = (
    "red", "orange", "yellow", "green", "blue", "purple", "pink",
    "brown", "black", "white", "gray", "turquoise", "gold",
)  # fmt: skip
_WORLD = (
    "studio", "meadow", "forest", "beach", "mountains", "city", "desert", "room", "space", "underwater", "farm",
    "lake", "sunrise", "day", "sunset", "night", "clear", "cloudy", "rainy", "snowy", "foggy", "illustration",
    "watercolor", "drawing", "pixel", "cinematic", "vivid", "pastel", "warm", "cool", "wide", "medium", "close",
    "cloud", "sun", "moon", "hills", "rocks", "flock", "window", "rug", "shelf",
)  # fmt: skip
_POSES = ("stand", "sit", "sleep", "run", "fly")
_DETAILS = ("hat", "scarf", "glasses", "crown", "bow", "freckles")
_OTHER = ("big", "small", "toys", "animal", "person", "vehicle", "building", "plant")

TOKENS: tuple[str, ...] = (
    *_SPECIAL, *_FUNCTION, *_NUMBERS, *_RELATIONS, *_POSITIONS, *_COLORS, *_WORLD, *_POSES, *_DETAILS, *_OTHER,
    *(kind.name for kind in KINDS),
)  # fmt: skip
VOCABULARY = 256  # rows of the embedding; those above len(TOKENS) are spare
TOKEN_ID: dict[str, int] = {token: index for index, token in enumerate(TOKENS)}

#: canonical tokens <- words and phrases that mean them. Several tokens are joined by "+".
MEANINGS: dict[str, str] = {
    # places
    "studio": "white background|plain background|blank background|empty background|simple background|isolated"
    "|backdrop"
    "|gray background|grey background|neutral background",
    "meadow": "field|savanna|savannah|grassland|pasture|prairie|lawn|grass|park|garden|countryside|green field"
    "|backyard|yard|valley"
    "|grassy field|grassy hill",
    "meadow+flower+<s>": "flower field|field of flowers|flower meadow|wildflower meadow|flower garden"
    "|meadow of flowers"
    "|field of wildflowers",
    "forest": "woods|wood|woodland|jungle|rainforest|grove|woodlands",
    "beach": "seaside|harbor|harbour|pier|dock|lagoon|ocean|sea|shore|coast|seashore|coastline|sand beach"
    "|sandy beach|tropical beach|seacoast|island",
    "mountains": "mountain|alps|peak|summit|alpine|highland|cliff|mountain range|mountain landscape",
    "city": "town|street|downtown|skyline|urban|metropolis|village street|city street|road|avenue|cityscape|sidewalk"
    "|village",
    "desert": "dunes|dune|sahara|sand dune|canyon",
    "room": "bedroom|living room|kitchen|nursery|children room|child room|kid room|kids room|baby bedroom|baby room"
    "|classroom|playroom|indoors|indoor|inside a house|office|library|lounge|interior|cafe|bathroom|wooden floor"
    "|study room|attic|dining room|children bedroom|child bedroom",
    "space": "outer space|on the moon|lunar surface|surface of the moon|moon surface|mars|galaxy|cosmos"
    "|universe|orbit|starry space|nebula|deep space",
    "underwater": "under water|under the sea|undersea|coral reef|reef|seabed|ocean floor|sea floor|aquarium"
    "|bottom of the sea|bottom of the ocean|deep sea",
    "farm": "farmland|farmyard|barnyard|ranch|barn|crop field|wheat field|corn field|cornfield",
    "lake": "pond|river|lakeside|riverside|lakeshore|stream|water|riverbank|by the water",
    # times, weather
    "sunrise": "dawn|daybreak|early morning|morning|first light",
    "day": "by day|daytime|noon|midday|afternoon|daylight|broad daylight",
    "sunset": "dusk|evening|twilight|sundown|late afternoon|nightfall",
    "sunset+warm": "golden hour|golden light|magic hour|evening sun",
    "night": "by night|midnight|nighttime|starry night|dark night|nighttime|at night|night sky|starry sky"
    "|moonlit night",
    "night+moon": "moonlight|moonlit|full moon|under the moon",
    "clear": "clear sky|cloudless|sunlit|bright sky|blue sky|clear weather|fair weather|fine weather",
    "clear+sun": "sunny|sunshine|sunny weather|bright sun",
    "clear+day": "sunny day|bright day|beautiful day|summer day|clear day",
    "cloudy": "overcast|gloomy|cloudy sky|gray sky|grey sky|cloudy weather|cloudy day",
    "rainy": "rain|raining|rainfall|storm|stormy|drizzle|thunderstorm|wet weather|rainstorm|rainy day|rainy weather",
    "snowy": "snow|snowing|snowfall|winter|blizzard|wintry|snow covered|snow capped|snowcapped|snowstorm|icy|frosty"
    "|winter day|snowy weather",
    "foggy": "fog|mist|misty|haze|hazy|foggy weather",
    # styles, moods, cameras
    "illustration": "illustrated|cartoon|picture book|storybook|flat design|vector art|vector|clip art|children book"
    "|flat illustration|vector illustration|cartoonish|comic|anime|picture book illustration|cartoon style",
    "watercolor": "watercolour|aquarelle|watercolor painting|watercolour painting|painting|painted|gouache|painterly"
    "|oil painting|acrylic painting|impressionist",
    "drawing": "sketch|pencil drawing|line drawing|line art|pencil sketch|ink drawing|drawn|hand drawn|coloring page"
    "|pen and ink|pencil|doodle|line drawing of|charcoal",
    "pixel": "pixel art|8 bit|8bit|16 bit|16bit|pixelart|retro game|pixel art style|voxel|pixel style|retro pixel art",
    "cinematic": "photorealistic|photo realistic|hyperrealistic|realistic|photograph|photo|3d|3d render|3d rendering"
    "|cgi|cinema|film still|movie still|photography|professional photography|8k|4k|dslr|hyper realistic|photoreal"
    "|cinematic lighting|cinematic atmosphere|photographic|rendering|octane render|unreal engine|3d rendered|realism"
    "|cinematic shot|hdr",
    "vivid": "vibrant|vivid color|vibrant color|colorful|colourful|bright color|saturated|vivid color"
    "|vibrant color|bright colored|bright coloured|rich color|bold color",
    "pastel": "pastel color|soft color|muted color|pale color|pastel tone|muted|pastel palette"
    "|delicate color|soft tone",
    "warm": "cozy|cosy|warm light|warm color|warm tone|warm glow|warmly lit|soft warm light|candlelit"
    "|warm lighting|warm palette|warm sunlight",
    "cool": "cold|chilly|cool color|cool tone|cool light|cold light|cool palette|moody|cold color",
    "wide": "wide shot|wide angle|panorama|panoramic|wide view|landscape view|from afar|distant view|vista"
    "|aerial view"
    "|long shot|establishing shot",
    "medium": "medium shot|mid shot",
    "close": "close up|closeup|portrait|portrait of|macro|headshot|detail shot|close view|close shot|from up close"
    "|extreme close up|macro shot",
    # backdrop
    "cloud": "clouds|cumulus",
    "sun": "shining sun|bright sun in the sky",
    "moon": "crescent|crescent moon|half moon",
    "hills": "hill|rolling hill|hillside|hilltop|knoll",
    "rocks": "rock|stone|boulder|pebble|rocky|stony",
    "flock": "distant bird|flock of bird|bird in the distance|bird in the sky|flying bird",
    "window": "windowpane",
    "rug": "carpet|floor mat|mat",
    "shelf": "bookshelf|bookcase|book shelf|shelves|bookshelves",
    # poses, details, marks
    "stand": "standing|stands|upright",
    "sit": "sitting|sits|seated|sat",
    "sleep": "sleeping|asleep|sleeps|napping|lying|resting|dozing|lies|curled up|lying down|slumbering|snoozing"
    "|sleepy"
    "|relaxing",
    "run": "running|runs|playing|plays|jumping|walking|walks|jumps|chasing|galloping|dancing|hopping|leaping|racing"
    "|playful|play|jogging|strolling|rushing|dashing",
    "fly": "launching|taking off|lifting off|blasting off|flying|flies|soaring|floating|hovering|gliding|floats"
    "|drifting|in flight|in mid air",
    "hat": "cap|beanie|top hat|straw hat|party hat|santa hat|sunhat|wizard hat|cowboy hat",
    "glasses": "sunglasses|spectacles|eyeglasses|goggles|pair of glasses",
    "crown": "tiara|golden crown|gold crown",
    "bow": "ribbon|bow tie|bowtie|hair bow",
    "scarf": "shawl|neckerchief",
    "freckles": "freckle|freckled|freckly",
    "says": "saying|say|labeled|labelled|that says|that reads|with the text|with the word|titled|written"
    "|with the words|with text|that say|text|lettering|which says|with the message|with the writing|word|inscribed"
    "|with the inscription|bearing the words|that spells",
    "big": "large|huge|giant|enormous|tall|massive|great|gigantic|towering|oversized|grand",
    "small": "little|tiny|miniature|mini|petite|wee",
    "toys": "toy|plaything",
    "animal": "animals|creature|critter|wildlife|pet",
    "person": "someone|somebody|human|human figure",
    "person+<s>": "people|crowd|persons|humans|pedestrians",
    "vehicle": "transport|vehicles|traffic",
    "building": "buildings|architecture|skyscraper|tower",
    "plant": "plants|vegetation|shrub|bush|foliage",
    # colours
    "red": "crimson|scarlet|ruby|maroon|burgundy|cherry red|dark red|bright red|reddish",
    "orange": "amber|tangerine|ginger|apricot|rust|copper|bright orange|peach",
    "yellow": "lemon|mustard|bright yellow|lemon yellow|pale yellow",
    "green": "emerald|olive|lime|dark green|light green|mint|lime green|bright green|jade|mint green|forest green",
    "blue": "navy|azure|cobalt|sky blue|light blue|dark blue|navy blue|royal blue|indigo|sapphire|bright blue|bluish",
    "purple": "violet|lilac|lavender|magenta|plum|mauve|dark purple|light purple",
    "pink": "fuchsia|salmon|coral|hot pink|light pink|pale pink|bright pink",
    "brown": "tan|chocolate|chestnut|bronze|light brown|dark brown|hazel|beige|caramel",
    "black": "ebony|jet black|dark colored|pitch black",
    "white": "ivory|snow white|cream|pale|creamy|pearl|cream colored",
    "gray": "grey|silver|slate|ash|dark gray|light gray|dark grey|light grey|charcoal gray|silvery",
    "turquoise": "teal|cyan|aqua|aquamarine",
    "gold": "golden|blond|blonde",
}
