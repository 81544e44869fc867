"""English names of the kinds of things, joining words, numbers, and words that are known to change nothing."""

from __future__ import annotations

#: kind (or tokens joined by "+") <- words and phrases that mean it.
NOUNS: dict[str, str] = {
    "dog": "puppy|hound|doggy|pup|terrier|poodle|labrador|beagle|corgi|dachshund|retriever|husky|bulldog|shepherd dog"
    "|doggie|pooch|canine|collie|spaniel|mutt",
    "gold+dog": "golden retriever|golden labrador|golden retriever puppy|golden puppy|golden dog",
    "cat": "kitten|kitty|tabby|feline|tomcat|pussycat|tabby cat|house cat|siamese",
    "rabbit": "bunny|hare|bunny rabbit",
    "bear": "grizzly|bear cub|grizzly bear|brown bear cub",
    "white+bear": "polar bear",
    "fox": "vixen|fox cub",
    "horse": "pony|stallion|mare|foal|mustang|colt",
    "cow": "bull|calf|ox|cattle",
    "sheep": "lamb|ram|ewe",
    "pig": "piglet|hog|piggy",
    "lion": "lioness|lion cub",
    "elephant": "elephant calf|baby elephant",
    "mouse": "rodent",
    "teddy": "teddy bear|bear toy|toy bear|stuffed bear|plush bear|plushie|stuffed toy|stuffed animal|plush toy"
    "|teddybear|soft toy|bear plush|plush",
    "frog": "toad|froggy",
    "turtle": "tortoise|sea turtle",
    "duck": "duckling|rubber duck|drake|mallard",
    "owl": "owlet",
    "bird": "songbird|sparrow|robin|bluebird|parrot|finch|pigeon|dove|crow|seagull|gull|swallow|canary",
    "butterfly": "moth",
    "fish": "goldfish|clownfish|trout|salmon fish|tropical fish",
    "whale": "humpback|humpback whale|blue whale|orca",
    "dinosaur": "t rex|trex|tyrannosaurus|dino|brontosaurus|stegosaurus|triceratops",
    "woman": "lady|mother|mom|female|grandmother|young woman|queen|princess|grandma|young lady|businesswoman|ballerina",
    "man": "guy|father|dad|male|gentleman|grandfather|king|grandpa|farmer|fisherman|young man|old man"
    "|businessman|prince|sailor",
    "child": "kid|boy|girl|young girl|toddler|baby|little boy|little girl|infant|young boy|small child"
    "|little kid|kiddo",
    "astronaut": "cosmonaut|spaceman|space explorer",
    "robot": "android|droid|automaton|mech",
    "snowman": "snow man",
    "penguin": "baby penguin|emperor penguin",
    "car": "automobile|sedan|taxi|cab|sports car|convertible|jeep|race car|vintage car|suv|racing car|minivan",
    "bus": "school bus|minibus|coach bus|double decker|double decker bus",
    "truck": "lorry|pickup|pickup truck|fire truck|dump truck|van|fire engine",
    "bicycle": "bike|cycle|mountain bike",
    "train": "locomotive|steam train|tram|railway train|steam engine|steam locomotive",
    "boat": "ship|sailboat|yacht|sailing boat|sailing ship|rowboat|ferry|fishing boat|canoe|vessel|sail boat",
    "airplane": "plane|aeroplane|jet|aircraft|jet plane|airliner|biplane",
    "rocket": "spaceship|spacecraft|rocket ship|space shuttle|missile|space rocket|starship",
    "hotairballoon": "hot air balloon|air balloon",
    "house": "home|cottage|mansion|villa|farmhouse|bungalow",
    "cabin": "log cabin|hut|lodge|chalet|shack|shed|log house|wooden house|wooden hut|wooden cabin",
    "castle": "fortress|palace|citadel|fort",
    "lighthouse": "light house|beacon",
    "windmill": "wind mill|mill",
    "tent": "camping tent|tipi|teepee",
    "tree": "oak|maple|oak tree|apple tree|birch|willow|maple tree|birch tree|cherry tree|cherry blossom tree",
    "pine": "pine tree|fir|spruce|fir tree|christmas tree|evergreen|conifer|spruce tree",
    "palm": "palm tree|coconut tree|coconut palm",
    "cactus": "saguaro",
    "sunflower": "sun flower",
    "flower": "rose|rose flower|tulip|daisy|blossom|poppy|lily|poppies|orchid|bloom",
    "many+flower+<s>": "wildflower|wild flower",
    "mushroom": "toadstool|fungus",
    "ball": "sphere|football|basketball|beach ball|soccer ball|orb|tennis ball|marble",
    "cube": "block|dice|building block|toy block|wooden block",
    "mug": "cup|coffee cup|coffee mug|teacup|tea cup|cup of coffee|cup of tea|mug of coffee",
    "apple": "ripe apple",
    "pumpkin": "jack o lantern|gourd|squash",
    "book": "novel|textbook|notebook|open book|diary",
    "lamp": "lantern|desk lamp|floor lamp|lampshade|table lamp|light bulb",
    "candle": "candlestick|taper",
    "guitar": "ukulele|acoustic guitar|electric guitar",
    "umbrella": "parasol|beach umbrella|sunshade",
    "balloon": "party balloon|helium balloon|toy balloon",
    "kite": "paper kite",
    "star": "shooting star|sparkling star",
    "heart": "love heart|heart shape|heart symbol",
    "chair": "armchair|stool|seat|rocking chair|sofa|couch",
    "table": "desk|coffee table|wooden table|dining table",
    "bench": "park bench|wooden bench|garden bench",
    "sign": "signpost|billboard|signboard|road sign|street sign|wooden sign|placard|poster|notice board|plaque"
    "|neon sign|chalkboard|blackboard",
    "banner": "streamer|pennant",
    "cake": "birthday cake|cupcake|pie|wedding cake|chocolate cake|layer cake",
    "clock": "alarm clock|wall clock|timepiece",
    "gift": "present|gift box|wrapped gift|parcel|birthday present|christmas present",
    "box": "crate|carton|cardboard box|chest|toy box|wooden box|package|wooden crate|toy chest",
}

#: joining words and numbers
JOINERS: dict[str, str] = {
    "a": "an|one|1|single|another|the only|lone|lonely|solitary",
    "two": "2|a pair of|pair of|a couple of|couple of|both|twin|pair|couple|a duo of",
    "three": "3|a trio of|trio of|trio",
    "four": "4",
    "five": "5|six|6|seven|7|eight|8|nine|9|ten|10|a dozen|dozen",
    "some": "several|various|a number of|a bunch of|a group of|group of|bunch of|a family of|family of|assorted",
    "many": "lots of|full of|lot of|a lot of|plenty of|filled with|covered with|covered in|numerous|countless"
    "|dense|lush"
    "|blooming|a field of|surrounded by",
    "few": "a few|a couple|scattered|sparse",
    "and": "plus|as well as|along with|together with|accompanied by|also|&",
    "with": "has|having|featuring|containing|includes|including",
    "in": "inside|within|into|at the|amid|among|amongst|through|across|throughout|around",
    "on": "upon|onto",
    "no": "without|not|without any|no any|never|free of|devoid of|lacking|absent|excluding|none",
    "wearing": "wears|dressed in|wear",
    "left_of": "to the left of|left of|on the left of|on the left side of|left side of|at the left of",
    "right_of": "to the right of|right of|on the right of|on the right side of|right side of|at the right of",
    "above": "over|hovering over|flying over|up above|high above|flying above|hovering above|floating above"
    "|floating over",
    "below": "under|underneath|beneath|down below",
    "next_to": "beside|by|near|alongside|near to|next|close to|adjacent to|holding|besides|by the side of"
    "|side by side with"
    "|holds|with his|with her|carrying|nearby",
    "in_front_of": "in front of|before|ahead of|front of|standing in front of",
    "behind": "in back of|hidden behind|at the back of|peeking out from behind",
    "on_top_of": "on top of|atop|sitting on top of|standing on top of|resting on top of|riding|riding on"
    "|perched on|stacked on",
    "at_left": "on the left|at the left|left|to the left|on the left side|on left|left side|left hand side"
    "|on the left hand side|in the left|at left|far left",
    "at_right": "on the right|at the right|right|to the right|on the right side|on right|right side|right hand side"
    "|on the right hand side|in the right|at right|far right",
    "at_center": "in the center|in the middle|center|centre|middle|in the centre|at the center|centered"
    "|in center|centred"
    "|in the middle of the picture|in the center of the picture",
    "at_top": "at the top|on the top|top|in the upper part|upper|up high|high up|in the sky|in the air|at top"
    "|overhead"
    "|high in the sky",
    "at_bottom": "at the bottom|bottom|in the lower part|lower|at bottom",
    "near": "in the foreground|foreground|up front|in front",
    "far": "in the background|background|in the distance|far away|distant|at the back|behind them|on the horizon",
}

#: Phrases that change nothing although a word in them would.
EMPTY_PHRASES = (
    "depth of field|top view|black and white|landscape|scenery|but|then|parked|futuristic|enchanted|steaming"
    "|shallow depth of field|field of view|low quality|high quality|sharp focus|high resolution|low res"
    "|bad anatomy|extra limbs|skin texture|the floor of|the style of|award winning|best quality|worst quality"
    "|in detail|in high detail|of course|at least|at all|in focus|out of focus|out of frame|ray tracing|by hand"
    "|one of|kind of|sort of|type of|in style of|in the style of|style of|front view|side view|left over|art station"
)

#: Words that may stand in a prompt and change nothing: praise, camera talk, qualities we cannot draw.
_FILLER_WORDS = """
    the of is are was were be being been it its this that these those there here to for from as so very really quite
    which who whose whom where when while i we you he she they his her their my our your me us them
    will would can could should may might must shall do does did please show create generate make draw
    image picture scene render artwork art style styled look looking looks view shot frame composition visual
    beautiful beautifully pretty gorgeous stunning amazing awesome nice lovely cute adorable charming wonderful magical
    dreamy serene peaceful calm quiet tranquil whimsical fantastic
    epic majestic elegant happy joyful sad smiling cheerful
    friendly funny silly fluffy furry soft smooth shiny glossy fuzzy plump chubby fat round fresh delicious young old
    aged elderly new modern ancient vintage classic rustic traditional simple plain detailed detail details highly
    extremely ultra super hyper intricate fine sharp focus crisp high low quality resolution res hd uhd full best
    masterpiece masterfully award winning professional trending artstation lighting light lit lights ambient
    atmosphere atmospheric natural volumetric rays dramatic mood depth shallow bokeh lens
    mm f angle perspective blurry blurred blur pixelated pixelation ugly deformed distorted disfigured
    distortion bad worst poor jpeg artifacts artifact noise noisy grainy grain watermark signature cropped
    out bit lowres error errors mutated mutation extra limbs anatomy duplicate morbid
    texture textures textured skin color colors colour colours colored coloured tone tones palette hue hues shade
    bright brightly dark darker lightly gentle gently quietly softly happily slowly quickly fast proudly side
    sunlight sunbeam glow glowing gleaming sparkling twinkling illuminated shadow shadows reflection shade
    perfect perfectly up down off away toward towards just only still also too even more most
    kind type sort way thing stylized minimal minimalist minimalistic aesthetic concept design
    digital official feel feeling vibe theme time hour moment covered surrounded filled
    wooden metal plastic paper made brick striped spotted dotted decorated ornate handmade
    floor ground sky air wall ceiling front back set placed located
    open closed empty clean dirty wet dry hot tasty sweet wild domestic tame brave lazy hungry curious clever proud
    summer spring autumn fall season seasonal festive birthday party holiday
    looked facing camera photoshoot photographer canon nikon exposure contrast balanced
    wallpaper each other every all any together
"""

#: Words of other meanings that an edit-distance match must not turn into ours.
_OTHER_WORDS = """
    louse moose mouth month south north horde hearse boast crate grate great treat trek plain
    paint saint point pound round sound mound wound brood broom groom gloom flock
    lock rocky frown drown shown known blown grown growth sheet sheer steep sleet speed spear shear
    hairs stairs fairy dairy daily beech peach reach teach leach bleach breach preach breath wreath death
    heath heard hearth earth beard board bored cable fable stable stage snake stake shake shark share
    cheer cherry chess china choir cloak cloth clown cream cross cruel crush fence ferns
    flame flute forks frost fruit ghost giant glass glove grape hotel knife knight ladle loaf lobster
    melon metal money monkey motor music nurse onion organ otter panda pasta patch
    phone piano pilot pizza plate purse radio razor rider rover ruler salad
    scale score screw shell shirt shoes skate skirt skull slide smoke snail spade spoon sport spray squid
    stamp stick stork store stove straw sugar sword tiger toast torch trail
    vase wagon waist waste watch wheel witch wolf world worm zebra camel llama
    tablet handle sandal bundle saddle paddle fiddle riddle puddle
    bottle battle kettle settle pebbles pocket locket socket jacket basket bucket
    banter hammer dinner winner thinner banana cabana monkeys donkey turkey hockey jockey whisker
    boots roots cooks looks hooks brooks bananas wizard lizard blizzard buzzard dragon unicorn
    bread broad brand strand sand land hand band wand cards carts charm chart shape sharp
    start state statue station stair squire squirrel spirit spider spiral splash trains brain drain
    planet planks blank bland slack slick stack snack track trick tract trunk
    states applies retrieve starts creates prevent backwards backward subset showing writes printed pointing
    scores printing prevents pointed raising pushes former solver submit shares blanks months nearly shells
    retrieved tracks tricks spaced chains stacks isolate clicks traits pasted automation guides streamed isolates
    waiter subsets preset carbon bodies packaged blends illustrate scream posted fisher cleans waiters slated
    rising racket feather feathers studies squashed presets porters officer meshes illustrates collide posture
    pastes midway flowed banned pendant snowball shorts sealed screams realise prices inferior gloves farther
    bunches cooper saturate photon flowery cannon painter painters snowballs pendants snowflake plants planes
    slates statue coaster boaster roses poses
"""

FILLER: frozenset[str] = frozenset(_FILLER_WORDS.split())
NOT_TYPOS: frozenset[str] = frozenset(_OTHER_WORDS.split())
