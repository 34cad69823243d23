//! What a short text is about; hard ones name another topic in passing.

use super::{
    Difficulty, Draft, Draw,
    vocabulary::{CITIES, NAMES},
};
use crate::discovery::grading::Choice;

/// Topics, what their people do, and what these people once were.
const TOPICS: [(&str, [&str; 6], &str); 8] = [
    (
        "sport",
        [
            "scored twice before half-time and was carried off the pitch",
            "won the final set after saving three match points",
            "broke the club record over ten thousand metres",
            "missed the penalty that would have won the cup",
            "was named striker of the season by the fans",
            "lost the semi-final in extra time",
        ],
        "once a goalkeeper",
    ),
    (
        "cooking",
        [
            "simmered the onions in butter until they were golden",
            "kneaded the dough and left it to rise overnight",
            "added a pinch of saffron to the simmering broth",
            "roasted the carrots with honey and thyme",
            "whisked the egg whites until they stood in peaks",
            "marinated the lamb in garlic and rosemary",
        ],
        "once a pastry chef",
    ),
    (
        "finance",
        [
            "moved the savings into bonds before interest rates rose",
            "refinanced the mortgage at a lower rate",
            "sold the shares when the dividend was cut",
            "warned investors that inflation would eat their returns",
            "opened a pension fund with monthly deposits",
            "hedged the portfolio against a falling currency",
        ],
        "once a banker",
    ),
    (
        "travel",
        [
            "missed the connecting flight and slept in the departure hall",
            "booked a sleeper cabin on the night train along the coast",
            "packed a rucksack and hitch-hiked to the border",
            "lost a suitcase between two airports",
            "found a small guesthouse near the old harbour",
            "had the passport stamped at five border crossings",
        ],
        "once a tour guide",
    ),
    (
        "medicine",
        [
            "was given antibiotics for an infected wound",
            "had an X-ray taken of the swollen wrist",
            "was told to lower the dose after the blood test",
            "recovered slowly from surgery on the knee",
            "described the symptoms of the fever to the nurse",
            "was vaccinated against measles at the clinic",
        ],
        "once a surgeon",
    ),
    (
        "gardening",
        [
            "pruned the roses and mulched the flower beds",
            "sowed lettuce in rows between the tomatoes",
            "repotted the fern and watered the seedlings",
            "fought the slugs among the strawberries",
            "grafted a branch onto the old apple tree",
            "turned the compost and raked the lawn",
        ],
        "once a florist",
    ),
    (
        "astronomy",
        [
            "photographed the rings of Saturn through a telescope",
            "counted forty meteors in an hour",
            "measured the brightness of a distant supernova",
            "tracked a comet across the night sky",
            "mapped the craters on the far side of the moon",
            "discovered a planet in orbit around a red dwarf",
        ],
        "once an astronaut",
    ),
    (
        "music",
        [
            "tuned the cello before the second movement",
            "sang the alto part in the choir's rehearsal",
            "composed a quartet in a minor key",
            "practised scales on the piano for an hour",
            "conducted the orchestra from memory",
            "recorded an album with a jazz trio",
        ],
        "once a violinist",
    ),
];

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let [(topic, deeds, _), (_, _, other)] = [draw.pick(&TOPICS), draw.pick(&TOPICS)];
    let (name, city) = (draw.pick(&NAMES), draw.pick(&CITIES));
    let deeds = draw.some(2, &deeds);
    let mut deeds = deeds.into_iter();
    let (first, second) = (deeds.next().unwrap_or_default(), deeds.next().unwrap_or_default());
    let text = match difficulty {
        Difficulty::Easy => format!("In {city}, {name} {first}, and the next day {second}."),
        Difficulty::Medium => format!("Last week in {city}, {name} {first}."),
        Difficulty::Hard => format!("{name}, {other}, lives in {city} now and {first}."),
    };
    let labels = draw.shuffled(&TOPICS.map(|(label, ..)| label));
    let question = format!(
        "Which topic is the text mainly about: {}? Reply with the topic only.\n\nText: {text}",
        labels.join(", ")
    );
    Draft::ask(question, topic, Choice::new(topic, labels))
}
