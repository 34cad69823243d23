//! Names, places and things that exercises are made of.

pub(super) const NAMES: [&str; 16] = [
    "Anna", "Boris", "Carla", "David", "Elena", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Lukas", "Mira",
    "Nils", "Olga", "Pavel",
];

pub(super) const CITIES: [&str; 14] = [
    "Lisbon", "Oslo", "Vienna", "Prague", "Dublin", "Athens", "Geneva", "Porto", "Turin", "Bergen", "Krakow",
    "Seville", "Antwerp", "Malmo",
];

pub(super) const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub(super) const COLOURS: [&str; 8] = ["red", "blue", "green", "yellow", "white", "black", "orange", "purple"];

pub(super) const THINGS: [&str; 14] = [
    "lamp", "chair", "kettle", "mirror", "blanket", "guitar", "ladder", "clock", "basket", "helmet", "carpet",
    "pillow", "bicycle", "teapot",
];
