//! Which rule a request meets.

use axum::http::Request;
use sandbox_template::RuleSpec;

/// A request matches a rule if it meets all conditions. The default rule has none.
pub(crate) fn matches<B>(rule: &RuleSpec, request: &Request<B>) -> bool {
    let path = request.uri().path();
    let any = |values: &[String], meets: &dyn Fn(&str) -> bool| {
        values.is_empty() || values.iter().any(|value| meets(value))
    };
    any(&rule.path_patterns, &|pattern| path_matches(pattern, path))
        && any(&rule.methods, &|method| method == request.method().as_str())
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
    fn a_rule_wants_all_of_its_conditions() {
        let rule = RuleSpec {
            priority: Some(1),
            path_patterns: vec!["/a*".into()],
            methods: vec!["GET".into()],
            action: sandbox_template::ActionSpec::FixedResponse {
                status: 200,
                content_type: None,
                body: String::new(),
            },
        };
        let meets = |method: &str, path: &str| {
            let request = Request::builder().method(method).uri(path).body(()).unwrap();
            matches(&rule, &request)
        };
        assert!(meets("GET", "/abc") && !meets("POST", "/abc") && !meets("GET", "/b"));
    }
}
