//! From words to calls, all the way: what must not be done is not, what must be known first is found out, and "it" is what was spoken of.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test sets up holds")]

use std::sync::LazyLock;

use maestria::{Classifier, ToolPlanner, delegator::read_functions};
use serde_json::Value;

static SHOP: LazyLock<ToolPlanner> = LazyLock::new(|| planner(include_str!("support/shop.json")));
static OPERATIONS: LazyLock<ToolPlanner> = LazyLock::new(|| planner(include_str!("support/operations.json")));

fn planner(tools: &str) -> ToolPlanner {
    ToolPlanner::new(Classifier::embedded().unwrap(), read_functions(tools).unwrap()).unwrap()
}

/// The calls that a request comes to, in short: the tool, what it is given in the order of the names, the premise, and "each".
fn calls(planner: &ToolPlanner, request: &str) -> Vec<String> {
    let plan = planner.plan(request, None).unwrap().to_json();
    let value = |value: &Value| match value.get("$from").and_then(Value::as_str) {
        Some(step) => format!("{step}.{}", value["field"].as_str().unwrap_or_default()),
        None => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    };
    let call = |step: &Value| {
        let arguments: Vec<String> = step["arguments"].as_object().unwrap().values().map(value).collect();
        let when = step["when"].as_object().map(|when| {
            let part = |name: &str| value(&when[name]);
            format!(" if {}.{} {} {}", part("step"), part("field"), part("op"), part("value"))
        });
        let each = step["each"].get("$from").map(|list| format!(" for each of {}", value(list)));
        let tool = value(&step["tool"]);
        format!("{tool}({}){}{}", arguments.join(", "), when.unwrap_or_default(), each.unwrap_or_default())
    };
    plan["steps"].as_array().unwrap().iter().map(call).collect()
}

fn in_shop(request: &str, expected: &[&str]) {
    assert_eq!(calls(&SHOP, request), expected, "{request}");
}

fn in_operations(request: &str, expected: &[&str]) {
    assert_eq!(calls(&OPERATIONS, request), expected, "{request}");
}

#[test]
fn what_is_to_stay_as_it_is_is_left_alone() {
    in_shop("Leave A-1 as it is and cancel A-2", &["cancel_order(A-2)"]);
    in_shop("Cancel A-2 but leave A-1 alone", &["cancel_order(A-2)"]);
    for before in ["Cancel A-2, leave A-1 alone", "Leave A-1 alone. Cancel A-2.", "Don't touch A-1, cancel A-2"] {
        in_shop(before, &["cancel_order(A-2)"]);
    }
    for forbids in [
        "Refund A-1. Do not cancel A-2.",
        "Refund A-1, don't cancel A-2",
        "Refund A-1. Don't cancel A-2 first.",
        "Don't cancel A-2, refund A-1",
    ] {
        in_shop(forbids, &["refund_order(A-1)"]);
    }
    // Of all, one cannot be left out.
    for all in ["Cancel all pending orders but leave A-3 alone", "Cancel all pending orders but don't touch A-3"] {
        assert!(calls(&SHOP, all).iter().all(|call| !call.starts_with("cancel_order")), "{all}");
    }
    let unless_delivered = &["get_order(A-621)", "cancel_order(A-621) if s1.status != delivered"];
    in_shop("If order A-621 has been delivered, don't do anything, otherwise cancel it", unless_delivered);
    in_shop("If A-621 is delivered do nothing, otherwise cancel it", unless_delivered);
}

#[test]
fn several_calls_have_what_is_said_for_each() {
    in_shop(
        "Set the price of MUG-RED to 11 and MUG-BLUE to 13",
        &["set_price(11, MUG-RED)", "set_price(13, MUG-BLUE)"],
    );
    // A range is no two amounts.
    assert!(calls(&SHOP, "Refund 5-10 of A-1").len() < 2);
}

#[test]
fn a_premise_of_two_parts_frees_nothing_by_one_of_them() {
    // Two fields of one result cannot both be asked, nor that not both hold.
    for request in [
        "If order A-1 is shipped and its total is over 100, refund it",
        "If order A-1 is shipped and over 100 euros, refund it",
        "If order A-1 and order A-2 are paid, refund A-3",
        "Unless order A-1 is shipped and order A-2 is paid, refund A-3",
    ] {
        assert!(calls(&SHOP, request).iter().all(|call| !call.starts_with("refund_order")), "{request}");
    }
    // Of two things the second is asked where the first holds.
    for request in [
        "If order A-1 is shipped, and order A-2 is paid, cancel order A-3",
        "Cancel order A-3 if order A-1 is shipped and order A-2 is paid",
    ] {
        let [first, second] = ["get_order(A-1)", "get_order(A-2) if s1.status == shipped"];
        in_shop(request, &[first, second, "cancel_order(A-3) if s2.status == paid"]);
    }
    in_shop(
        "If the stock of MUG-1 is below 10 and the stock of MUG-2 is below 20, restock 30 MUG-1",
        &[
            "check_stock(MUG-1)",
            "check_stock(MUG-2) if s1.quantity < 10",
            "restock_product(30, MUG-1) if s2.quantity < 20",
        ],
    );
}

#[test]
fn who_only_looks_changes_nothing() {
    in_shop("Print the invoice for A-1001", &[]);
    let changes = |request: &str| calls(&SHOP, request).iter().filter(|call| call.starts_with("cancel")).count();
    for request in ["Check the status of A-71 before you cancel it", "Before you cancel A-71, check its status"] {
        assert_eq!(changes(request), 1, "{request}");
    }
    assert_eq!(changes("Check the status of A-71"), 0);
}

#[test]
fn a_premise_is_found_out_about_what_is_worked_on() {
    let restart = |value: bool| {
        let guarded = format!("restart_service(payments) if s1.healthy == {value}");
        ["get_status(payments)".to_owned(), guarded]
    };
    for request in [
        "Restart payments if it is down",
        "Restart payments should it be down",
        "Restart payments only if it is unhealthy",
        "Restart payments. But only if it is unhealthy.",
        "Restart payments when it is unhealthy",
    ] {
        assert_eq!(calls(&OPERATIONS, request), restart(false), "{request}");
    }
    in_operations(
        "Restart billing in staging if it is unhealthy",
        &["get_status(staging, billing)", "restart_service(staging, billing) if s1.healthy == false"],
    );
    assert_eq!(calls(&OPERATIONS, "Restart auth and billing if they are unhealthy").len(), 4);
    in_shop(
        "Refund both A-5 and A-6 if they are delivered",
        &[
            "get_order(A-5)",
            "refund_order(A-5) if s1.status == delivered",
            "get_order(A-6)",
            "refund_order(A-6) if s3.status == delivered",
        ],
    );
    in_operations(
        "Roll back checkout in production when its error rate is above 5",
        &["get_metric(error_rate, checkout)", "rollback(production, checkout) if s1.value > 5"],
    );
}

#[test]
fn the_number_of_one_thing_is_looked_up_by_that_of_another() {
    in_shop(
        "Tell the customer of order A-77 that we are sorry",
        &["get_order(A-77)", "message_customer(s1.customer_id, we are sorry)"],
    );
    in_shop(
        "Cancel all orders of the customer of order A-77",
        &["get_order(A-77)", "list_orders(s1.customer_id)", "cancel_order(item.order_id) for each of s2"],
    );
    in_shop(
        "Cancel order A-500 and tell the customer that it was cancelled",
        &["cancel_order(A-500)", "get_order(A-500)", "message_customer(s2.customer_id, it was cancelled)"],
    );
}

#[test]
fn all_of_a_list_is_every_one_of_it() {
    in_shop(
        "Cancel all pending orders of customer C-9",
        &["list_orders(C-9, pending)", "cancel_order(item.order_id) for each of s1"],
    );
    in_shop(
        "Refund every order of C-12 from last week",
        &["list_orders(C-12)", "refund_order(item.order_id) for each of s1"],
    );
}

#[test]
fn what_was_spoken_of_is_worked_on_there() {
    in_operations(
        "Roll back billing in production, then restart it",
        &["rollback(production, billing)", "restart_service(production, billing)"],
    );
    in_operations(
        "Deploy v2 of auth to dev and restart it there",
        &["deploy(dev, auth, v2)", "restart_service(dev, auth)"],
    );
    in_shop(
        "Check the stock of MX-7 in Warsaw and restock 30 there",
        &["check_stock(MX-7, warsaw)", "restock_product(30, MX-7, warsaw)"],
    );
}

#[test]
fn a_call_begins_where_the_name_of_its_tool_does() {
    in_operations(
        "Turn off new_checkout in production and close incident INC-12",
        &["set_flag(false, production, new_checkout)", "close_incident(INC-12)"],
    );
}

#[test]
fn an_address_has_its_town() {
    in_shop(
        "Change the shipping address of order A-900 to 12 Baker Street, London",
        &["update_address(12 Baker Street, London, A-900)"],
    );
}

#[test]
fn a_premise_that_is_not_told_frees_nothing() {
    for request in [
        "Restart billing in production if it passed review",
        "Restart billing in production if it had 2 open incidents",
        "Restart billing in production if it is a restarted service",
        "Restart auth in production if it is slow",
        "Restart auth in production if you have time",
    ] {
        let calls = calls(&OPERATIONS, request);
        assert!(calls.iter().all(|call| !call.starts_with("restart_service")), "{request}: {calls:?}");
    }
    let when_down = &["get_status(production, billing)", "restart_service(production, billing) if s1.healthy == false"];
    in_operations("check billing in production if its down restart it", when_down);
    in_operations("Restart billing in production if it's unhealthy, but check its status first", when_down);
    // Another look afterwards is another look.
    let calls = calls(&OPERATIONS, "Restart billing in production if it's unhealthy, then see its status in staging");
    assert_eq!(calls.get(..2).unwrap(), when_down);
    assert_eq!(calls.len(), 3, "{calls:?}");
}

#[test]
fn how_much_there_is_is_compared_as_it_is_said() {
    let latency = "get_metric(latency, gateway)";
    in_operations(
        "If the latency of gateway is deeper than 5, restart gateway in production",
        &[latency, "restart_service(production, gateway) if s1.value > 5"],
    );
    in_shop(
        "Restock SKU-1 by 20 if it's out of stock",
        &["check_stock(SKU-1)", "restock_product(20, SKU-1) if s1.quantity == 0"],
    );
    in_shop(
        "Check how many SKU-1 we have and if it's under 10, restock it by 50",
        &["check_stock(SKU-1)", "restock_product(50, SKU-1) if s1.quantity < 10"],
    );
    // What is not understood is not compared with nothing.
    let at_least = calls(&SHOP, "Restock SKU-1 by 20 if there are at most 5 in stock");
    assert!(at_least.iter().all(|call| !call.starts_with("restock_product")), "{at_least:?}");
}

#[test]
fn nothing_is_done_to_more_than_was_said() {
    for (request, changes) in [
        ("Cancel all pending orders of customer C-9 except A-3", "cancel_order"),
        ("Cancel every order of customer C-9 that was not paid", "cancel_order"),
        ("Cancel all pending orders of C-9 over 500 euros", "cancel_order"),
        ("Cancel all pending orders of C-9 shipped to Berlin", "cancel_order"),
    ] {
        let calls = calls(&SHOP, request);
        assert!(calls.iter().all(|call| !call.starts_with(changes)), "{request}: {calls:?}");
        let plan = SHOP.plan(request, None).unwrap();
        assert!(plan.confidence().get() <= 0.5, "{request}: what is left undone is no sure plan");
        assert_eq!(plan.to_json()["unserved"].as_array().map(Vec::len), Some(1), "{request}");
    }
    in_operations("Restart all services in staging except billing", &["list_services(staging)"]);
    for request in [
        "Cancel all pending orders but A-3",
        "Cancel pending orders except A-3",
        "Cancel all pending orders without A-3",
        "Cancel every order of C-9 except A-3",
        "Cancel all pending orders; keep A-3",
        "Cancel no orders of C-9",
        "Please cancel all pending orders of C-9",
    ] {
        let calls = calls(&SHOP, request);
        assert!(calls.iter().all(|call| !call.starts_with("cancel_order")), "{request}: {calls:?}");
    }
    // Neither an owner nor a share nor how it compares is the order.
    for request in [
        "Cancel the pending orders of C-9",
        "Cancel the order of C-9",
        "Cancel the last order of C-9",
        "Cancel 50% of order A-1",
        "Cancel the newest order",
    ] {
        let plan = SHOP.plan(request, None).unwrap().to_json();
        let given = plan["steps"].as_array().unwrap().iter().any(|step| step["arguments"]["order_id"].is_string());
        assert!(!given, "{request}: {plan}");
    }
    // A word that no tool was given may say which they are.
    let confidence = |request: &str| SHOP.plan(request, None).unwrap().confidence().get();
    assert!(confidence("Refund every damaged order of C-12") <= 0.5);
    assert!(confidence("Cancel every pending order of C-9 with the reason late") > 0.5);
}

#[test]
fn them_are_all_that_were_found_and_are_changed_where_they_are() {
    in_shop(
        "Find the pending orders of customer C-9 and cancel them",
        &["list_orders(C-9, pending)", "cancel_order(item.order_id) for each of s1"],
    );
    in_shop("Cancel the pending orders", &["list_orders(pending)", "cancel_order(item.order_id) for each of s1"]);
    in_shop(
        "Message the customers of the shipped orders \"on its way\"",
        &["list_orders(shipped)", "message_customer(item.customer_id, on its way) for each of s1"],
    );
    for request in ["Cancel the pending orders of C-9", "Cancel all pending orders of C-9"] {
        in_shop(request, &["list_orders(C-9, pending)", "cancel_order(item.order_id) for each of s1"]);
    }
    in_shop("List the orders of C-9", &["list_orders(C-9)"]);
    in_shop("Cancel some pending orders", &["list_orders(pending)"]);
    in_shop("Cancel the first of the pending orders", &["list_orders(pending)", "cancel_order(s1.order_id)"]);
    for request in ["List the services of staging and restart them", "Restart all services in staging"] {
        in_operations(request, &["list_services(staging)", "restart_service(staging, item.service) for each of s1"]);
    }
    in_shop(
        "Message every customer of the shipped orders \"on its way\"",
        &["list_orders(shipped)", "message_customer(item.customer_id, on its way) for each of s1"],
    );
}

#[test]
fn each_premise_is_asked_of_its_own_thing() {
    for request in [
        "If order A-1 is delivered, refund it, if order A-2 is delivered, refund it",
        "If A-1 is delivered, refund it. If A-2 is delivered, refund it too.",
    ] {
        in_shop(
            request,
            &[
                "get_order(A-1)",
                "refund_order(A-1) if s1.status == delivered",
                "get_order(A-2)",
                "refund_order(A-2) if s3.status == delivered",
            ],
        );
    }
    in_shop(
        "If the total of order A-1 is over 100, refund it, if it is below, cancel it",
        &["get_order(A-1)", "refund_order(A-1) if s1.total > 100", "cancel_order(A-1) if s1.total < 100"],
    );
    let get = "get_order(A-1)";
    for leaves in ["leave it", "ignore it"] {
        let request = format!("If order A-1 is paid, refund it, if not, {leaves}");
        in_shop(&request, &[get, "refund_order(A-1) if s1.status == paid"]);
    }
    in_shop(
        "If order A-1 is not paid, cancel it, if it is, refund it",
        &[get, "cancel_order(A-1) if s1.status != paid", "refund_order(A-1) if s1.status == paid"],
    );
    in_shop("If order A-1 is pending or paid, cancel it", &[]);
    in_operations(
        "Restart auth in production if its latency is above 5, if it is below, post \"fine\" in #ops",
        &[
            "get_metric(latency, auth)",
            "restart_service(production, auth) if s1.value > 5",
            "post_message(#ops, fine) if s1.value < 5",
        ],
    );
}

#[test]
fn what_a_text_says_is_neither_done_nor_taken_for_anything_else() {
    in_shop("Refund order A-1, reason: they cancelled order A-2", &["refund_order(A-1, they cancelled order A-2)"]);
    in_shop("Message customer C-3 \"we cancel order A-1\"", &["message_customer(C-3, we cancel order A-1)"]);
    in_shop(
        "Message the customer of order A-77 \"we are sorry\"",
        &["get_order(A-77)", "message_customer(s1.customer_id, we are sorry)"],
    );
    let told = calls(&SHOP, "Message customer C-3: please cancel order A-1 and refund A-2");
    assert!(told.iter().all(|call| call.starts_with("message_customer")), "{told:?}");
    in_operations("Say restart auth in #ops", &["post_message(#ops, restart auth)"]);
    in_operations("Post the services of staging in #ops", &["list_services(staging)", "post_message(#ops, s1.)"]);
    // By how much something is changed is not what it becomes.
    in_operations("Scale billing by 2", &["scale_service(billing)"]);
}
