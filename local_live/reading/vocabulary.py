"""What people ask for at a shelf, whether it is there or not: it must be heard before it can be said to be absent."""

KINDS = """
bread; white bread; brown bread; wholemeal bread; rye bread; sourdough bread; toast; rolls; bagels; tortillas; wraps;
crispbread; crackers; rice cakes; breadcrumbs; flour; plain flour; corn flour; sugar; brown sugar; white sugar; salt;
pepper; black pepper; yeast; baking powder; baking soda; vanilla sugar; honey; maple syrup; syrup; jam; strawberry jam;
raspberry jam; marmalade; peanut butter; almond butter; chocolate spread; butter; margarine; milk; oat milk; almond milk;
soy milk; rice milk; coconut milk; whole milk; skimmed milk; cream; sour cream; yogurt; cheese; cream cheese; eggs;
ham; bacon; sausages; chicken; beef; turkey; fish; salmon; tuna; sardines; shrimp; tofu; hummus;
pasta; penne pasta; spaghetti; noodles; macaroni; lasagne; rice; brown rice; white rice; basmati rice; couscous; quinoa;
bulgur; lentils; red lentils; beans; baked beans; kidney beans; black beans; green beans; chick peas; peas; sweet corn;
corn; corn flakes; cereal; muesli; granola; oats; rolled oats; oatmeal; porridge; cereal bars;
tomatoes; tomato soup; tomato sauce; tomato paste; tomato ketchup; ketchup; mustard; mayonnaise; soy sauce; hot sauce;
salad dressing; vinegar; apple vinegar; olive oil; sunflower oil; vegetable oil; coconut oil; pesto; basil pesto; pickles;
olives; soup; chicken soup; vegetable soup; lentil soup; stock cubes; broth; gravy; spices; cinnamon; curry; garlic;
onions; potatoes; carrots; apples; bananas; oranges; lemons; grapes; berries; strawberries; salad; lettuce; cucumber;
mushrooms; spinach; avocado; apple sauce; fruit; vegetables; dried fruit; raisins; nuts; almonds; walnuts; peanuts;
chips; potato chips; crisps; popcorn; pretzels; cookies; biscuits; ginger biscuits; cake; chocolate; dark chocolate;
milk chocolate; candy; sweets; gum; chewing gum; ice cream; pudding; pizza;
water; mineral water; sparkling water; juice; orange juice; apple juice; lemonade; cola; soda; beer; wine; tea; green tea;
black tea; herbal tea; coffee; ground coffee; instant coffee; coffee beans; coffee filters; cocoa; energy drink;
baby food; diapers; wipes; baby wipes; dog food; cat food; cat litter; dog treats; bird food;
toilet paper; paper towels; tissues; napkins; kitchen roll; aluminium foil; aluminum foil; foil; cling film; plastic wrap;
baking paper; freezer bags; sandwich bags; trash bags; garbage bags; kitchen bags; bin bags; lawn and leaf bags;
contractor bags; laundry bag; laundry detergent; detergent; washing powder; fabric softener; bleach; dish soap;
dishwasher tablets; sponges; cleaner; glass cleaner; bathroom cleaner; floor cleaner; soap; hand soap; shower gel; shampoo;
conditioner; toothpaste; toothbrush; mouthwash; deodorant; razors; shaving foam; sun cream; hand cream; cotton wool;
plasters; band aids; vitamins; aspirin; pain killers; cough syrup; batteries; light bulbs; candles; matches; lighter;
gloves; rubber gloves; scissors; tape; glue; pens; paper; envelopes; plates; cups; straws
"""
"""Things, parted by semicolons."""

DESCRIBING = """
frozen; fresh; dried; canned; tinned; chopped; sliced; grated; whole; peeled; smoked; roasted; roast; grilled; fried; baked;
cooked; raw; salted; unsalted; sweet; sweetened; unsweetened; sour; salty; spicy; hot; mild; extra; light; lite; low fat;
fat free; skimmed; full fat; whole grain; wholegrain; whole wheat; wheat; oat; barley; spelt; rye; rice; corn; maize; potato;
egg; plain; classic; original; natural; pure; instant; ground; crunchy; crispy; creamy; smooth; soft; hard; thick; thin; mini;
small; large; big; family; red; green; yellow; white; black; brown; blue; pink; dark; golden; purple; orange; lemon; lime;
apple; pear; plum; peach; apricot; cherry; strawberry; raspberry; blueberry; blackberry; cranberry; currant; grape; banana;
mango; pineapple; coconut; melon; kiwi; fig; date; passion fruit; tropical; forest fruit; vanilla; caramel; toffee; chocolate;
cocoa; coffee; mint; peppermint; ginger; cinnamon; honey; maple; almond; hazelnut; walnut; peanut; pistachio; cashew; pecan;
sesame; sunflower; pumpkin; poppy seed; linseed; chia; soy; soya; hemp; garlic; onion; tomato; basil; parsley; chili; chilli;
curry; paprika; pepper; mustard; olive; rapeseed; vegetable; carrot; beetroot; spinach; broccoli; cauliflower; cabbage; celery;
cucumber; mushroom; truffle; bean; pea; lentil; chick pea; beef; pork; chicken; turkey; duck; lamb; ham; bacon; fish; salmon;
tuna; cod; herring; shrimp; cheese; cheddar; mozzarella; parmesan; feta; gouda; goat; cow; sheep; milk; cream; butter;
yogurt; greek; italian; french; german; dutch; spanish; mexican; indian; chinese; japanese; thai; turkish; english; american;
swiss; baby; kids; children's; bio; eco; fair trade; farm; country; mountain; sea; alpine; breakfast; dinner; lunch; party;
christmas; summer; herbal; fruit; nut; mixed; multi; aromatic; sparkling; still; mineral; protein; vitamin; energy; diet;
decaf; decaffeinated; alcohol free; nut free; egg free; wheat free; salt free; vegetarian; dish; laundry; kitchen; bathroom;
clear; tall; short; long; wide; narrow; round; strong; heavy; heavy duty; scented; unscented; fragrance free; recycled;
recyclable; compostable; biodegradable; disposable; reusable; waterproof; medium; extra large; giant; jumbo; double; triple; single;
drawstring; floor; glass; toilet; hand; face; hair; body; tooth; paper; plastic; aluminium; aluminum; garden; dog; cat; bird; pet
"""
"""Words that say which kind of a thing is asked for, parted by semicolons; most things can be had with many of them."""

SAID = {
    "wholemeal": "HH OW L M IY L", "sourdough": "S AW ER D OW", "crispbread": "K R IH S P B R EH D",
    "breadcrumbs": "B R EH D K R AH M Z", "penne": "P EH N EY", "lasagne": "L AH Z AA N Y AH",
    "basmati": "B AA Z M AA T IY", "couscous": "K UW S K UW S", "bulgur": "B UH L G ER", "muesli": "M Y UW Z L IY",
    "pesto": "P EH S T OW", "unsalted": "AH N S AO L T AH D", "unscented": "AH N S EH N T AH D",
}  # fmt: skip
"""How words of these lists are said that the recogniser's dictionary does not have, in ARPAbet."""


def phrases(text: str) -> tuple[tuple[str, ...], ...]:
    """A list that is parted by semicolons, each entry as its words."""
    return tuple(tuple(entry.split()) for entry in " ".join(text.split()).split(";") if entry.strip())
