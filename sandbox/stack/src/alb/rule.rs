//! Which rule a request meets.

use axum::http::Request;
use sandbox_template::RuleSpec;
use std::net::IpAddr;

/// A request matches a rule if it meets all conditions. The default rule has none.
pub(crate) fn matches<B>(rule: &RuleSpec, request: &Request<B>, client: IpAddr) -> bool {
    let path = request.uri().path();
    let any = |values: &[String], meets: &dyn Fn(&str) -> bool| {
        values.is_empty() || values.iter().any(|value| meets(value))
    };
    any(&rule.path_patterns, &|pattern| path_matches(pattern, path))
        && any(&rule.source_ips, &|range| in_range(client, range))
        && any(&rule.methods, &|method| method == request.method().as_str())
}

/// `range` is like `10.0.0.0/16`. An invalid range contains nothing.
fn in_range(ip: IpAddr, range: &str) -> bool {
    let Some((network, prefix)) = range.split_once('/') else { return false };
    let (Ok(network), Ok(prefix)) = (network.parse::<IpAddr>(), prefix.parse::<u32>()) else { return false };
    let (width, ip, network) = match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            (32, u128::from(u32::from(ip)), u128::from(u32::from(network)))
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => (128, u128::from(ip), u128::from(network)),
        _ => return false,
    };
    prefix <= width && (ip ^ network).checked_shr(width - prefix).unwrap_or(0) == 0
}

/// `*` stands for any number of characters, `?` for one; upper and lower case differ ("Listener rule condition types",
/// path conditions).
fn path_matches(pattern: &str, path: &str) -> bool {
    let mut pattern_chars = pattern.chars();
    match pattern_chars.next() {
        None => path.is_empty(),
        Some('*') => {
            let rest = pattern_chars.as_str();
            let ends = path.char_indices().map(|(index, _)| index).chain([path.len()]);
            ends.into_iter().any(|end| path_matches(rest, &path[end..]))
        }
        Some(wanted) => {
            let mut path_chars = path.chars();
            path_chars.next().is_some_and(|found| wanted == '?' || wanted == found)
                && path_matches(pattern_chars.as_str(), path_chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_a_question_mark_for_one_character() {
        for (pattern, path, expected) in [
            ("/reports*", "/reports", true),
            ("/reports*", "/reports/d/abc", true),
            ("/reports*", "/Reports", false),
            ("/reports*", "/api/reports", false),
            ("*", "", true),
            ("/a?c", "/abc", true),
            ("/a?c", "/ac", false),
            ("/img/*/pics", "/img/x/y/pics", true),
            ("/img/*/pics", "/img/pics", false),
            ("/", "/", true),
            ("/", "//", false),
        ] {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_range_holds_the_addresses_of_its_prefix() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(in_range(ip("10.0.3.7"), "10.0.0.0/16") && !in_range(ip("10.1.0.0"), "10.0.0.0/16"));
        assert!(in_range(ip("127.0.0.1"), "127.0.0.1/32") && !in_range(ip("127.0.0.2"), "127.0.0.1/32"));
        assert!(in_range(ip("1.2.3.4"), "0.0.0.0/0") && !in_range(ip("::1"), "0.0.0.0/0"));
        assert!(
            in_range(ip("2001:db8::1"), "2001:db8::/32") && !in_range(ip("2001:db9::1"), "2001:db8::/32")
        );
        assert!(!in_range(ip("1.2.3.4"), "nonsense") && !in_range(ip("1.2.3.4"), "1.2.3.4/33"));
    }

    #[test]
    fn a_rule_wants_all_of_its_conditions() {
        let rule = RuleSpec {
            priority: Some(1),
            path_patterns: vec!["/a*".into()],
            source_ips: vec!["127.0.0.1/32".into()],
            methods: vec!["GET".into()],
            action: sandbox_template::ActionSpec::FixedResponse {
                status: 200,
                content_type: None,
                body: String::new(),
            },
        };
        let meets = |method: &str, path: &str, client: &str| {
            let request = Request::builder().method(method).uri(path).body(()).unwrap();
            matches(&rule, &request, client.parse().unwrap())
        };
        assert!(meets("GET", "/abc", "127.0.0.1"));
        assert!(
            !meets("POST", "/abc", "127.0.0.1")
                && !meets("GET", "/b", "127.0.0.1")
                && !meets("GET", "/abc", "10.0.0.1")
        );
    }
}
