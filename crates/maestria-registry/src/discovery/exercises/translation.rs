//! Sentences whose every word of weight has one translation, so that they can be looked for.

use super::{Difficulty, Draft, Draw, vocabulary::NAMES};
use crate::discovery::grading::Mentions;

/// A word, and its forms in French, German and Spanish; the first form is the one that stands in the reference.
type Word = (&'static str, [&'static [&'static str]; 3]);

const LANGUAGES: [&str; 3] = ["French", "German", "Spanish"];

const NUMBERS: [Word; 6] = [
    ("three", [&["trois", "3"], &["drei", "3"], &["tres", "3"]]),
    ("four", [&["quatre", "4"], &["vier", "4"], &["cuatro", "4"]]),
    ("five", [&["cinq", "5"], &["fünf", "5"], &["cinco", "5"]]),
    ("six", [&["six", "6"], &["sechs", "6"], &["seis", "6"]]),
    ("seven", [&["sept", "7"], &["sieben", "7"], &["siete", "7"]]),
    ("eight", [&["huit", "8"], &["acht", "8"], &["ocho", "8"]]),
];

const COLOURS: [Word; 5] = [
    ("red", [&["rouge*"], &["rot*"], &["roj*"]]),
    ("black", [&["noir*"], &["schwarz*"], &["negr*"]]),
    ("white", [&["blanc*"], &["weiß*"], &["blanc*"]]),
    ("green", [&["vert*"], &["grün*"], &["verd*"]]),
    ("yellow", [&["jaune*"], &["gelb*"], &["amarill*"]]),
];

const THINGS: [Word; 10] = [
    ("apples", [&["pommes"], &["Äpfel*"], &["manzanas"]]),
    ("books", [&["livres", "bouquins"], &["Bücher*"], &["libros"]]),
    ("chairs", [&["chaises"], &["Stühle*"], &["sillas"]]),
    ("horses", [&["chevaux"], &["Pferde*"], &["caballos"]]),
    ("keys", [&["clés", "clefs"], &["Schlüssel*"], &["llaves"]]),
    ("flowers", [&["fleurs"], &["Blumen"], &["flores"]]),
    ("eggs", [&["œufs"], &["Eier*"], &["huevos"]]),
    ("dogs", [&["chiens"], &["Hunde*"], &["perros"]]),
    ("cats", [&["chats"], &["Katzen"], &["gatos"]]),
    ("shirts", [&["chemises", "maillots"], &["Hemden"], &["camisas", "camisetas"]]),
];

const DAYS: [Word; 5] = [
    ("Monday", [&["lundi"], &["Montag*"], &["lunes"]]),
    ("Tuesday", [&["mardi"], &["Dienstag*"], &["martes"]]),
    ("Thursday", [&["jeudi"], &["Donnerstag*"], &["jueves"]]),
    ("Friday", [&["vendredi"], &["Freitag*"], &["viernes"]]),
    ("Sunday", [&["dimanche"], &["Sonntag*"], &["domingo"]]),
];

const BOUGHT: Word = ("bought", [&["achet*", "acquis*"], &["kauf*", "gekauft", "erwarb*"], &["compr*", "adquiri*"]]);

pub(super) fn draft(draw: &mut Draw, difficulty: Difficulty) -> Draft {
    let language = usize::try_from(draw.between(0, 2)).unwrap_or(0);
    let forms = |(_, forms): &Word| forms.get(language).copied().unwrap_or_default();
    let count = match difficulty {
        Difficulty::Easy => 1,
        Difficulty::Medium => 2,
        Difficulty::Hard => 3,
    };
    let (numbers, colours) = (draw.some(count, &NUMBERS), draw.some(count, &COLOURS));
    let (things, day, name) = (draw.some(count, &THINGS), draw.some(1, &DAYS), draw.pick(&NAMES));
    let items: Vec<[Word; 3]> =
        numbers.into_iter().zip(colours).zip(things).map(|((number, colour), thing)| [number, colour, thing]).collect();

    let english = |words: &[Word; 3]| words.map(|(english, _)| english).join(" ");
    let listed = items.iter().map(english).collect::<Vec<_>>().join(" and ");
    let day = day.first().copied().unwrap_or_default();
    let said: Vec<Word> = [day, BOUGHT].into_iter().chain(items.iter().flatten().copied()).collect();
    let question = format!(
        "Translate into {}. Reply with the translation only.\n\nOn {} {name} {} {listed}.",
        LANGUAGES.get(language).copied().unwrap_or_default(),
        day.0,
        BOUGHT.0,
    );
    let reference = said.iter().filter_map(|word| forms(word).first()).map(|form| form.trim_end_matches('*'));
    let reference = std::iter::once(name).chain(reference).collect::<Vec<_>>().join(" ");
    let untranslated = said.iter().map(|(english, _)| *english).filter(|english| *english != "six");
    let grader =
        said.iter().fold(Mentions::within(20 * count), |grader, word| grader.part(forms(word).iter().copied()));
    Draft::ask(question, reference, grader.forbid(untranslated))
}
