//! The plan, in words and as JSON.

use super::bill::Bill;
use super::facts::*;
use super::load::{Endpoint, Layout, Load};
use super::needs::{Need, Parameter, Quota, needs, parameters, quotas};
use super::outage::{Outage, stored_per_second};
use super::simulate::{Scenario, whole_up};
use super::usage::Usage;
use anyhow::{Context, Result};
use indicatif::HumanCount;
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;
use terminal::{Outcome, print, text::printable_json};

#[derive(Serialize)]
pub(crate) struct Plan {
    emails_per_second: f64,
    bytes: u64,
    layout: Layout,
    endpoint: Endpoint,
    emails_per_request: u64,
    region: Region,
    pub(crate) bill: Bill,
    pub(crate) parameters: Vec<Parameter>,
    /// Emails a second that `worker` stores at most with these.
    stored_per_second: f64,
    pub(crate) quotas: Vec<Quota>,
    /// In the order in which a growing rate reaches them.
    pub(crate) limits: Vec<Need>,
    pub(crate) first_limit: Option<Need>,
    pub(crate) outage: Option<Outage>,
    facts: Facts,
}

/// The table of limits and prices.
#[derive(Serialize)]
struct Facts {
    limits: Vec<Limit>,
    prices: Vec<PriceRow>,
}

impl Plan {
    pub(crate) fn new(load: &Load, scenario: &Scenario) -> Self {
        let usage = Usage::new(load, scenario);
        let limits = needs(load, scenario, &usage);
        Self {
            emails_per_second: load.rate.0,
            bytes: load.size,
            layout: load.layout,
            endpoint: load.endpoint,
            emails_per_request: load.batch,
            region: load.region,
            bill: Bill::new(load, scenario, &usage),
            parameters: parameters(load, scenario),
            stored_per_second: stored_per_second(scenario),
            quotas: quotas(load, scenario, &usage),
            first_limit: limits.first().copied(),
            limits,
            outage: Outage::new(scenario),
            facts: Facts {
                limits: LIMITS.to_vec(),
                prices: PRICES.iter().filter_map(|price| price.row(load.region)).collect(),
            },
        }
    }

    pub(crate) fn print(&self, json: bool) -> Result<Outcome> {
        if json {
            let document = serde_json::to_string(self).context("can't write the plan as JSON")?;
            print(&format!("{}\n", printable_json(&document)))?;
        } else {
            print(&self.text())?;
        }
        Ok(Outcome::Success)
    }

    fn text(&self) -> String {
        [self.bill_text(), self.parameters_text(), self.quotas_text(), self.limits_text(), self.outage_text()]
            .concat()
    }

    fn bill_text(&self) -> String {
        let bill = &self.bill;
        let mut text = format!("Dollars a month, at list prices of {}\n", self.region.name());
        for line in &bill.lines {
            let (quantity, dollars) = (amount(line.quantity), dollars(line.dollars));
            write(&mut text, &format!("  {:<34} {quantity:>16} {:<13} {dollars:>12}", line.what, line.unit));
        }
        write(&mut text, &format!("  {:<65} {:>12}", "together", dollars(bill.dollars)));
        let (million, fixed) = (dollars(bill.dollars_per_million_emails), dollars(bill.fixed_dollars));
        write(
            &mut text,
            &format!("A million emails cost {million}, beside {fixed} a month for any number.\n"),
        );
        text
    }

    fn parameters_text(&self) -> String {
        let mut text = "Parameters\n".to_owned();
        for Parameter { name, value, default } in &self.parameters {
            let setting = format!("{name}={value}");
            let default = if value == default { "the default" } else { &format!("default {default}") };
            write(&mut text, &format!("  {setting:<36} {default}"));
        }
        let stored = rate(self.stored_per_second);
        write(&mut text, &format!("With these, worker stores at most {stored} emails a second.\n"));
        text
    }

    fn quotas_text(&self) -> String {
        if self.quotas.is_empty() {
            return "The default quotas of an account are enough.\n\n".to_owned();
        }
        let mut text = "Quotas to request\n".to_owned();
        for quota in &self.quotas {
            write(
                &mut text,
                &format!("  {}: {}\n    {}", quota.what, HumanCount(quota.value), quota.command),
            );
        }
        text + "\n"
    }

    fn limits_text(&self) -> String {
        let mut text = "Limits by default, in the order in which a growing rate reaches them\n".to_owned();
        for need in &self.limits {
            let (needed, limit) = (amount(need.needed), HumanCount(need.limit).to_string());
            let at = rate(need.reached_at);
            let what = need.what;
            write(
                &mut text,
                &format!("  {what:<53} {needed:>8} of {limit:>7}, reached at {at} emails a second"),
            );
        }
        text
    }

    fn outage_text(&self) -> String {
        let Some(outage) = &self.outage else { return String::new() };
        let backlog = HumanCount(outage.backlog);
        let mut text = format!("\nAfter {} without S3\n", time(outage.seconds));
        let recovery = outage.recovery_seconds.map_or_else(
            || "the backlog never shrinks: raise WorkerConcurrency".to_owned(),
            |seconds| format!("stored {} later", time(seconds)),
        );
        write(&mut text, &format!("  {backlog} emails wait, {recovery}"));
        if outage.dead_letters > 0 {
            let (dead, time) = (HumanCount(outage.dead_letters), time(outage.redrive_seconds));
            write(&mut text, &format!("  {dead} dead letters; mailroom dlq redrive takes {time}"));
        }
        if outage.lost_at_most > 0 {
            let lost = HumanCount(outage.lost_at_most);
            write(&mut text, &format!("  {lost} emails are lost: older than MessageRetention"));
        }
        text
    }
}

fn write(text: &mut String, line: &str) {
    let _ = writeln!(text, "{line}"); // writing to a String can't fail
}

fn time(seconds: u64) -> String {
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}

pub(crate) fn rate(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { HumanCount(whole_up(number.round())).to_string() }
}

fn amount(number: f64) -> String {
    if number < 10.0 { format!("{number:.2}") } else { rate(number) }
}

/// "0.05", "1,234.50".
pub(crate) fn dollars(dollars: f64) -> String {
    // Half a cent is a cent, although 0.015 is a little less in binary.
    let text = format!("{:.2}", (dollars * 100.0 + 1e-6).round() / 100.0);
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), |whole| HumanCount(whole).to_string());
    format!("{whole}.{cents}")
}
