//! Amounts of memory, time and money as people write them, with their unit.

use std::{fmt, marker::PhantomData, time::Duration};

use maestria_vocabulary::{Bytes, Money};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor},
};

/// A quantity that is read from a text with a unit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Readable<T>(pub(super) T);

/// What can be read so.
pub(super) trait Quantity: Sized {
    /// What is expected, with an example.
    const EXPECTED: &str;
    fn parse(text: &str) -> Option<Self>;
}

impl<'de, T: Quantity> Deserialize<'de> for Readable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<T>(PhantomData<T>);
        impl<T: Quantity> Visitor<'_> for Text<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
                T::parse(text.trim()).ok_or_else(|| E::custom(format!("{} is expected, not {text:?}", T::EXPECTED)))
            }
        }
        deserializer.deserialize_str(Text(PhantomData)).map(Self)
    }
}

/// A number of zero or more, and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, rest.trim()))
}

impl Quantity for Bytes {
    const EXPECTED: &str = "an amount of memory such as \"8 GiB\"";
    /// The nearest byte.
    fn parse(text: &str) -> Option<Self> {
        let (value, unit) = number(text)?;
        let unit: u64 = match unit {
            "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "TB" => 1_000_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            _ => return None,
        };
        Some(Self((value * unit as f64).round() as u64))
    }
}

impl Quantity for Duration {
    const EXPECTED: &str = "a time such as \"1.5 s\" or \"300 ms\"";
    fn parse(text: &str) -> Option<Self> {
        let (value, unit) = number(text)?;
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        Self::try_from_secs_f64(value * seconds).ok()
    }
}

/// Money for a million tokens.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rate {
    pub(super) money: Money,
    /// As it is written; absent where it is not.
    pub(super) currency: Option<String>,
}

impl Quantity for Rate {
    const EXPECTED: &str = "a price such as \"$0.15 per million tokens\" or \"free\"";
    fn parse(text: &str) -> Option<Self> {
        if text == "free" {
            return Some(Self::default());
        }
        let (amount, tokens) = text.split_once(" per ")?;
        let scale = match tokens.trim().strip_suffix("tokens")?.trim() {
            "million" | "1M" => 0,
            "thousand" | "1k" | "1K" => 3,
            _ => return None,
        };
        let amount = amount.trim();
        let start = amount.find(|c: char| c.is_ascii_digit() || c == '.')?;
        let (before, rest) = amount.split_at_checked(start)?;
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, after) = rest.split_at_checked(end)?;
        let currency = match (before.trim(), after.trim()) {
            ("", "") => None,
            (symbol, "") | ("", symbol) if is_currency(symbol) => Some(symbol.to_owned()),
            _ => return None,
        };
        Some(Self { money: Money(millionths(digits, scale)?), currency })
    }
}

fn is_currency(text: &str) -> bool {
    matches!(text, "$" | "€" | "£" | "¥") || (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// A decimal number times 10^(6 + scale), exactly; nothing where that has a fraction or is too large.
fn millionths(digits: &str, scale: usize) -> Option<u64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let places = 6 + scale;
    if fraction.len() > places || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_people_write_them() {
        let check = |text: &str, bytes: Option<u64>| assert_eq!(Bytes::parse(text), bytes.map(Bytes), "{text}");
        check("8 GiB", Some(8 << 30));
        check("2.5GB", Some(2_500_000_000));
        check("0 B", Some(0));
        check("8", None);
        check("GiB", None);
        check("8 gib", None);
        check("-1 GiB", None);
        check("1.2.3 GiB", None);

        let check = |text: &str, nanos: Option<u64>| {
            assert_eq!(Duration::parse(text), nanos.map(Duration::from_nanos), "{text}");
        };
        check("1.5 s", Some(1_500_000_000));
        check("300ms", Some(300_000_000));
        check("2 min", Some(120_000_000_000));
        check("3", None);
        check("3 weeks", None);

        let check = |text: &str, expected: Option<(u64, Option<&str>)>| {
            let rate = |(money, currency): (_, Option<&str>)| Rate {
                money: Money(money),
                currency: currency.map(str::to_owned),
            };
            assert_eq!(Rate::parse(text), expected.map(rate), "{text}");
        };
        check("$0.15 per million tokens", Some((150_000, Some("$"))));
        check("0.15 per million tokens", Some((150_000, None)));
        check("€3 per 1M tokens", Some((3_000_000, Some("€"))));
        check("USD 2.50 per million tokens", Some((2_500_000, Some("USD"))));
        check("2.50 EUR per million tokens", Some((2_500_000, Some("EUR"))));
        check("$0.002 per thousand tokens", Some((2_000_000, Some("$"))));
        check("free", Some((0, None)));
        check("$0.15", None);
        check("$0.0000001 per million tokens", None);
        check("$. per million tokens", None);
        check("0.15 dollars per million tokens", None);
        check("$99999999999999999999 per million tokens", None);
    }
}
