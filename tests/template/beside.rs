//! The smaller stacks beside the mail stack: the budget.

use super::file::{File, list, text};

#[test]
fn a_budget_tells_before_the_money_is_spent_and_when_it_will_be() {
    let file = File::at("budget/template.yaml");
    let said: Vec<_> = list(file.property("Budget", "/NotificationsWithSubscribers"))
        .into_iter()
        .map(|each| {
            let of = |name: &str| text(&each["Notification"][name]);
            assert_eq!(of("ComparisonOperator"), "GREATER_THAN");
            assert_eq!(of("ThresholdType"), "PERCENTAGE");
            (of("NotificationType"), of("Threshold"))
        })
        .collect();
    assert_eq!(said, [("ACTUAL".into(), "80".into()), ("FORECASTED".into(), "100".into())]);
    let limit = file.property("Budget", "/Budget/BudgetLimit");
    assert_eq!((text(&limit["Amount"]), text(&limit["Unit"])), ("${MonthlyBudget}".into(), "USD".into()));
    assert_eq!(file.text("Budget", "/Budget/TimeUnit"), "MONTHLY");
    assert!(
        file.property("Budget", "/Budget").get("CostFilters").is_none(),
        "a tag shows nothing until somebody activates it"
    );
}

/// CloudFormation doesn't know the type in every region, and then refuses the template that has it.
#[test]
fn the_mail_stack_has_no_budget() {
    let mail = File::read();
    assert!(mail.section("Resources").values().all(|resource| resource["Type"] != "AWS::Budgets::Budget"));
}

#[test]
fn only_budgets_of_this_account_publish_to_their_topic() {
    let file = File::at("budget/template.yaml");
    let statements = list(file.property("BudgetTopicPolicy", "/PolicyDocument/Statement"));
    let allowed: Vec<_> = statements.iter().filter(|statement| statement["Effect"] == "Allow").collect();
    assert_eq!(allowed.len(), 1);
    assert_eq!(allowed[0]["Principal"]["Service"], "budgets.amazonaws.com");
    assert_eq!(text(&allowed[0]["Condition"]["StringEquals"]["aws:SourceAccount"]), "${AccountId}");
    let budgets = "arn:${Partition}:budgets::${AccountId}:*";
    assert_eq!(text(&allowed[0]["Condition"]["ArnLike"]["aws:SourceArn"]), budgets);
}
