//! Which number of a result a premise compares: the one it speaks of, or, where it says "it", the one that the result is about.

use maestria_vocabulary::Comparison;
use serde_json::Value;

use super::{super::affinity::words, Compared, Said, is_number, same};

/// What is said of numbers of these names.
const MEANINGS: &[(&str, &[&str])] = &[
    (
        "price",
        &["cost", "costs", "cheaper", "cheap", "expensive", "asking", "trades", "euros", "dollars", "pounds", "€", "$"],
    ),
    ("fare", &["cost", "costs", "price", "euros", "dollars", "pounds", "€", "$", "£"]),
    ("total", &["euros", "dollars", "pounds", "€", "$", "£"]),
    ("amount", &["euros", "dollars", "pounds", "€", "$", "£", "price"]),
    ("balance", &["euros", "dollars", "pounds", "€", "$", "£", "pay", "owes", "holds"]),
    ("temperature", &["degrees", "cold", "colder", "warm", "warmer", "hot", "hotter", "°", "°c", "cools", "heat"]),
    ("temp", &["degrees", "temperature", "cold", "colder", "warm", "warmer", "hot", "hotter", "°", "°c"]),
    ("wind", &["windy", "gusts", "blows", "km/h"]),
    ("gust", &["wind", "windy", "gusts", "blows", "km/h"]),
    ("duration", &["takes", "long", "longer", "minutes", "hours", "min"]),
    ("minutes", &["takes", "long", "longer", "late"]),
    ("runtime", &["lasts", "long", "longer", "minutes", "hours"]),
    ("distance", &["far", "km", "kilometers", "kilometres", "miles"]),
    ("range", &["far", "km", "kilometers", "kilometres", "miles"]),
    ("delay", &["late", "delayed", "behind"]),
    ("percent", &["percent", "%", "drops", "falls", "rises"]),
    ("pct", &["percent", "%"]),
    ("change", &["rose", "risen", "gained", "up"]),
    ("rate", &["percent", "%"]),
    ("confidence", &["sure", "certain", "confident"]),
    ("probability", &["chance", "chances", "likely"]),
    ("failed", &["fail", "fails", "failing", "failures", "red", "broken"]),
    ("hand", &["stock", "left", "count"]),
    ("stock", &["left", "hand"]),
    ("quantity", &["stock", "left", "count"]),
    ("remaining", &["left", "remain", "remains"]),
    ("left", &["remaining", "remain", "remains"]),
    ("free", &["left", "available"]),
    ("spent", &["spend", "spends", "cost", "costs", "burnt"]),
    ("spend", &["spent", "spends", "cost", "costs", "burnt"]),
    ("sold", &["bought", "sales"]),
    ("redemptions", &["used", "redeemed", "uses"]),
    ("views", &["seen", "viewed", "watched"]),
    ("visits", &["visitors", "visited"]),
    ("calories", &["kcal"]),
    ("kcal", &["calories"]),
    ("weight", &["kilos", "kg", "kilograms", "pounds", "heavy", "heavier", "weighs"]),
    ("rating", &["stars", "rate", "rated"]),
    ("mean", &["average", "averaged"]),
    ("average", &["mean", "averaged"]),
    ("max", &["maximum", "peak", "highest"]),
    ("min", &["minimum", "lowest"]),
    ("depth", &["deep", "deeper", "messages"]),
    ("ping", &["latency"]),
    ("latency", &["ping"]),
    ("employees", &["people", "headcount", "staff"]),
    ("absences", &["absent", "missed"]),
    ("ascent", &["climb", "climbs"]),
    ("used", &["usage"]),
    ("joules", &["energy"]),
];

/// Words that say that something has become less.
const FALLING: &[&str] = &[
    "fell", "fallen", "falls", "fall", "lost", "loses", "lose", "dropped", "drops", "drop", "down", "sank", "sunk",
    "declined", "shrank", "worse",
];

/// Words in the name of a number that is beside what the result is about.
const BESIDE: &[&str] = &[
    "reserved",
    "reorder",
    "limit",
    "capacity",
    "threshold",
    "change",
    "changed",
    "previous",
    "volume",
    "cap",
    "forecast",
    "included",
    "target",
    "goal",
    "p",
    "rows",
    "page",
    "pages",
    "width",
    "height",
    "year",
    "size",
    "unique",
    "version",
];

/// Names of the number that a result is about, the first of them that it has.
const PRINCIPAL: &[&str] = &[
    "value",
    "result",
    "price",
    "last",
    "total",
    "balance",
    "amount",
    "quantity",
    "hand",
    "stock",
    "remaining",
    "score",
    "rating",
    "average",
    "mean",
    "count",
    "temperature",
    "percent",
    "pct",
    "fare",
    "cost",
    "coefficient",
    "depth",
    "level",
    "probability",
    "visits",
    "calories",
    "kcal",
    "minutes",
    "used",
];

/// Words that stand for what was found out before: "it is over 5", "below 200".
const BARE: &[&str] = &[
    "it",
    "it's",
    "it’s",
    "its",
    "that",
    "that's",
    "that’s",
    "this",
    "they",
    "they're",
    "there",
    "there's",
    "there’s",
    "the",
    "number",
    "figure",
    "is",
    "are",
    "be",
    "was",
    "were",
    "has",
    "have",
    "had",
    "been",
    "to",
    "than",
    "more",
    "less",
    "fewer",
    "over",
    "under",
    "below",
    "above",
    "higher",
    "lower",
    "comes",
    "come",
    "out",
    "turns",
    "still",
    "only",
    "now",
    "exceeds",
    "exceed",
    "of",
    "on",
    "a",
    "an",
    "shows",
    "reads",
    "says",
    "should",
    "beyond",
    "past",
    "drops",
    "falls",
    "drop",
    "fall",
    "rises",
    "passed",
];

/// Units in a premise, and words in the names of numbers that are measured in them.
const UNITS: &[(&[&str], &[&str])] = &[
    (
        &["€", "$", "£", "euro", "euros", "dollar", "dollars", "pounds", "francs", "kroner"],
        &[
            "price",
            "cost",
            "costs",
            "fare",
            "fee",
            "total",
            "amount",
            "balance",
            "value",
            "spent",
            "spend",
            "remaining",
            "last",
        ],
    ),
    (&["%", "percent"], &["percent", "pct", "rate", "share", "percentage", "value", "probability", "humidity"]),
    (&["°", "degrees", "celsius", "fahrenheit"], &["temperature", "temp", "value", "c", "f"]),
];

/// What a word of the premise counts, beside one of the words before it.
const OWN: usize = 16;

/// Names of statistics: a result that has several is about none of them.
const STATISTICS: &[&str] = &["mean", "average", "max", "min", "total", "sum", "median"];

impl Said<'_> {
    /// The number that the words compare, with what, and how.
    pub(super) fn amount(
        &self,
        fields: &[(String, Value)],
        context: &Self,
        is_possible: bool,
        negated: bool,
    ) -> Option<Compared> {
        let (op, amount) = self.premise.amount.as_ref()?;
        let numbers = || fields.iter().filter(|(_, schema)| is_number(schema));
        let (clearest, clarity) = self.clearest(context, numbers())?;
        let field = match clarity {
            0 if !is_possible => return None,
            0 if numbers().count() == 1 => clearest,
            0 => self.principal(numbers().map(|(field, _)| field))?,
            _ => clearest,
        };
        // A fall by more than five is no rise by more than five, and a price no balance.
        let falls = self.words.iter().any(|word| FALLING.contains(&word.as_str()));
        let is_named = self.names(field);
        let is_fall = falls && *op == Comparison::Greater && !is_named;
        let is_figure = words(field).any(|part| matches!(part.as_str(), "value" | "result" | "figure"));
        let names_another = !is_figure && self.words.iter().any(|word| is_name_of_number(word));
        let is_other = clarity == 0 && names_another && !is_named;
        let is_unmeasured = clarity < OWN && !is_named && numbers().count() > 1 && !self.measures(field);
        if is_fall || is_other || is_unmeasured {
            return None;
        }
        let op = match (op, negated) {
            (Comparison::Greater, true) => Comparison::Less,
            (Comparison::Less, true) => Comparison::Greater,
            (op, _) => *op,
        };
        Some(Compared { field: field.clone(), op, value: Value::Number(amount.clone()) })
    }

    /// Of several numbers that no word names the one that the result is about, where the words say nothing but "it".
    fn principal<'f>(&self, numbers: impl Iterator<Item = &'f String>) -> Option<&'f String> {
        let is_bare = |word: &String| {
            BARE.contains(&word.as_str()) || word.contains(|c: char| c.is_ascii_digit()) || is_numeral(word)
        };
        let units: Vec<&(&[&str], &[&str])> =
            UNITS.iter().filter(|(units, _)| units.iter().any(|unit| self.has(unit))).collect();
        let is_unit = |word: &String| units.iter().any(|(names, _)| names.contains(&word.as_str()));
        if !self.words.iter().all(|word| is_bare(word) || is_unit(word)) {
            return None;
        }
        let is_beside = |field: &&String| words(field).any(|part| BESIDE.contains(&part.as_str()));
        let numbers: Vec<&String> =
            numbers.filter(|field| !is_beside(field)).filter(|field| self.measures(field)).collect();
        let is_statistic = |field: &&&String| words(field).any(|part| STATISTICS.contains(&part.as_str()));
        if numbers.iter().filter(is_statistic).count() > 1 {
            return None;
        }
        if let [only] = numbers.as_slice() {
            return Some(only);
        }
        let named = |name: &&str| numbers.iter().find(|field| words(field).any(|part| part == **name)).copied();
        PRINCIPAL.iter().find_map(named)
    }

    /// The first of the fields of which the words speak most clearly, or else the words before.
    pub(super) fn clearest<'f>(
        &self,
        context: &Self,
        fields: impl Iterator<Item = &'f (String, Value)>,
    ) -> Option<(&'f String, usize)> {
        let rated = fields.map(|(field, _)| (field, OWN * self.speaks_of(field) + context.speaks_of(field)));
        rated.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// Whether a number of this name may be measured in the units that are said, if any are.
    fn measures(&self, field: &str) -> bool {
        let mut said = UNITS.iter().filter(|(units, _)| units.iter().any(|unit| self.has(unit)));
        said.all(|(_, measured)| words(field).any(|part| measured.contains(&part.as_str())))
    }

    /// Whether a unit is said, as a word or a sign.
    fn has(&self, unit: &str) -> bool {
        let is_sign = !unit.chars().any(char::is_alphanumeric);
        is_sign && self.text.contains(unit) || self.words.iter().any(|word| word == unit)
    }

    /// Whether the words name a number of this name itself.
    pub(super) fn names(&self, field: &str) -> bool {
        words(field).any(|part| self.words.iter().any(|word| same(word, &part)))
    }

    /// How clearly the words speak of a number of this name.
    pub(super) fn speaks_of(&self, field: &str) -> usize {
        let meant = |part: &str| {
            let meanings = MEANINGS.iter().filter(|(name, _)| *name == part).flat_map(|(_, meanings)| *meanings);
            meanings
                .filter(|meaning| {
                    self.words.iter().any(|word| word == *meaning)
                        || meaning.chars().count() == 1 && self.text.contains(**meaning)
                })
                .count()
        };
        words(field).map(|part| 2 * usize::from(self.words.iter().any(|word| same(word, &part))) + meant(&part)).sum()
    }
}

/// Whether a word is what a number of a result may be called.
fn is_name_of_number(word: &str) -> bool {
    const SHORTEST: usize = 4;
    let names = MEANINGS.iter().map(|(name, _)| name).chain(PRINCIPAL);
    word.len() >= SHORTEST && !BARE.contains(&word) && names.into_iter().any(|name| *name == word)
}

/// Whether a word writes a number: "twenty", "five".
fn is_numeral(word: &str) -> bool {
    const NUMERALS: &[&str] = &[
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred", "thousand",
        "million", "half", "dozen",
    ];
    word.split('-').all(|part| NUMERALS.contains(&part))
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Comparison, Premise, Span};
    use serde_json::{Number, json};

    use super::super::{Certainty, compared};

    #[test]
    fn it_is_the_number_that_a_result_is_about() {
        let check = |said: &str, fields: &[&str], certainty: Certainty, expected: Option<&str>| {
            let fields: serde_json::Map<_, _> =
                fields.iter().map(|field| ((*field).to_owned(), json!({"type": "number"}))).collect();
            let premise =
                Premise::new(Span { start: 0, end: 0 }).with_amount(Some((Comparison::Greater, Number::from(5))));
            let found = compared(&premise, said, "", &json!({"properties": fields}), certainty);
            assert_eq!(found.map(|found| found.field).as_deref(), expected, "{said}");
        };
        let stock = ["on_hand", "reserved", "reorder_point"];
        check("it is over 5", &stock, Certainty::Possible, Some("on_hand"));
        check("it is over 5", &stock, Certainty::Named, None);
        check("over 5 are left", &stock, Certainty::Named, Some("on_hand"));
        let quote = ["last", "bid", "ask", "change_pct", "volume"];
        check("it's above five", &quote, Certainty::Possible, Some("last"));
        check("it rose by more than 5 percent", &quote, Certainty::Named, Some("change_pct"));
        // What names something else is not about the main number.
        check("the elephants are above 5", &quote, Certainty::Possible, None);
        check("it is over 5", &["left_wing", "right_wing"], Certainty::Possible, None);
    }
}
