//! Which tool a node of a workflow stands for, where the node is a sentence that seldom names one.

use std::collections::{BTreeMap, BTreeSet};

use maestria::ToolSpec;

/// In how many tools of the whole set a word occurs. Words are told apart without case and plural.
#[derive(Debug, Default)]
pub(super) struct Attribution {
    frequency: BTreeMap<String, usize>,
    tools: usize,
}

impl Attribution {
    /// Counts the words of tools, each tool once.
    pub(super) fn of<'a>(tools: impl IntoIterator<Item = &'a ToolSpec>) -> Self {
        let distinct: BTreeSet<_> =
            tools.into_iter().map(|tool| (tool.id.as_str(), tool.description.as_str())).collect();
        let mut attribution = Self { tools: distinct.len(), ..Self::default() };
        for (name, description) in distinct {
            for word in words(name).into_iter().chain(words(description)).collect::<BTreeSet<_>>() {
                *attribution.frequency.entry(word).or_default() += 1;
            }
        }
        attribution
    }

    /// The tool that a node names, else the one whose name and description are nearest to it: the cosine of their words, each weighted by
    /// `ln((n + 1) / (n_w + 1))`, where `n_w` of `n` tools have the word (Salton and Buckley 1988). None without tools.
    pub(super) fn tool<'a>(&self, node: &str, tools: &'a [ToolSpec]) -> Option<&'a str> {
        let named = tools.iter().filter(|tool| node.contains(tool.id.as_str()));
        if let Some(tool) = named.max_by_key(|tool| tool.id.as_str().len()) {
            return Some(tool.id.as_str());
        }
        let said = words(node);
        let nearness = |tool: &ToolSpec| {
            let own: BTreeSet<String> = words(tool.id.as_str()).into_iter().chain(words(&tool.description)).collect();
            let common: f64 = own.intersection(&said).map(|word| self.weight(word).powi(2)).sum();
            let length: f64 = own.iter().map(|word| self.weight(word).powi(2)).sum();
            common / length.sqrt().max(f64::MIN_POSITIVE)
        };
        let nearest = tools.iter().max_by(|one, other| nearness(one).total_cmp(&nearness(other)));
        nearest.map(|tool| tool.id.as_str())
    }

    fn weight(&self, word: &str) -> f64 {
        let containing = self.frequency.get(word).copied().unwrap_or_default();
        ((self.tools as f64 + 1.0) / (containing as f64 + 1.0)).ln()
    }
}

/// The words of a sentence or an identifier, in small letters and without a plural's s.
fn words(text: &str) -> BTreeSet<String> {
    let mut spaced = String::new();
    let mut was_small = false;
    for letter in text.chars() {
        if was_small && letter.is_uppercase() {
            spaced.push(' ');
        }
        was_small = letter.is_lowercase();
        spaced.extend(if letter.is_alphanumeric() { letter } else { ' ' }.to_lowercase());
    }
    let singular = |word: &str| word.strip_suffix('s').filter(|stem| stem.len() > 2).unwrap_or(word).to_owned();
    spaced.split_whitespace().map(singular).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(node: &str, expected: &str) {
        let tool = |name: &str, description: &str| ToolSpec::new(name.parse().unwrap(), description);
        let tools = [
            tool("getZipCodeLocation", "Get the location of a ZIP code."),
            tool("getOrderStatus", "Get the status of an order and the location of the parcel."),
            tool("get_order", "Get the order."),
        ];
        assert_eq!(Attribution::of(&tools).tool(node, &tools), Some(expected), "{node}");
    }

    #[test]
    fn a_node_stands_for_the_tool_it_names_or_is_nearest_to() {
        check("Retrieve the location for the ZIP code 90210 and its order of magnitude", "getZipCodeLocation");
        check("Check the status of the parcel", "getOrderStatus");
        check("Call get_order for the ZIP code", "get_order");
    }

    #[test]
    fn identifiers_fall_into_words() {
        let expected = ["api", "order", "place"].map(str::to_owned);
        assert_eq!(words("apiOrders_place"), expected.into());
    }
}
