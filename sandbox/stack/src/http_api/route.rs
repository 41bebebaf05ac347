//! The routes of an API ("Create routes for HTTP APIs", routing API requests).

use axum::http::Method;
use percent_encoding::percent_decode_str;
use sandbox_template::RouteSpec;

/// A route and the values of its path's parameters.
#[derive(Debug)]
pub(crate) struct Match<'a> {
    pub(crate) route: &'a RouteSpec,
    pub(crate) parameters: Parameters<'a>,
}

type Parameters<'a> = Vec<(&'a str, String)>;

/// Sorts paths by how specific they are, the most specific first: whether the last part is greedy, then each part's rank.
type Specificity = (bool, Vec<u8>);

/// The most specific route: a full match before one with a greedy parameter, a written segment before a parameter, a
/// method before `ANY`; and `$default` if none matches.
pub(crate) fn find<'a>(routes: &'a [RouteSpec], method: &Method, path: &str) -> Option<Match<'a>> {
    let segments: Vec<_> = path.trim_start_matches('/').split('/').map(decoded).collect();
    let is_method = |route: &&RouteSpec| route.method == "ANY" || route.method == method.as_str();
    let matches = routes.iter().filter(is_method).filter_map(|route| {
        let (specificity, parameters) = match_path(route.path.as_deref()?, &segments)?;
        Some(((specificity, route.method == "ANY"), Match { route, parameters }))
    });
    let found = matches.min_by(|(one, _), (other, _)| one.cmp(other));
    let default = || routes.iter().find(|route| route.path.is_none());
    found.map(|(_, found)| found).or_else(|| default().map(|route| Match { route, parameters: Vec::new() }))
}

/// A path that fits the pattern.
fn match_path<'a>(pattern: &'a str, segments: &[String]) -> Option<(Specificity, Parameters<'a>)> {
    let parts: Vec<_> = pattern.trim_start_matches('/').split('/').collect();
    let (mut ranks, mut parameters) = (Vec::new(), Vec::new());
    for (index, part) in parts.iter().enumerate() {
        let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let segment = segments.get(index)?;
        match parameter.map(|name| name.strip_suffix('+').ok_or(name)) {
            Some(Ok(name)) => {
                let rest = segments.get(index..)?.join("/");
                ranks.push(2);
                let fits = !rest.is_empty();
                parameters.push((name, rest));
                return fits.then_some(((true, ranks), parameters));
            }
            Some(Err(name)) if !segment.is_empty() => {
                ranks.push(1);
                parameters.push((name, segment.clone()));
            }
            None if part == segment => ranks.push(0),
            _ => return None,
        }
    }
    (parts.len() == segments.len()).then_some(((false, ranks), parameters))
}

pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn route(key: &str) -> RouteSpec {
        let (method, path) = key.split_once(' ').map_or(("ANY", None), |(method, path)| (method, Some(path)));
        let (method, path, function) = (method.to_owned(), path.map(str::to_owned), key.to_owned());
        RouteSpec { method, path, function, timeout: Duration::from_secs(30) }
    }

    /// The route's key and its parameters.
    fn found(keys: &[&str], method: &str, path: &str) -> Option<(String, Vec<(String, String)>)> {
        let routes: Vec<_> = keys.iter().map(|key| route(key)).collect();
        let found = find(&routes, &method.parse().unwrap(), path)?;
        let parameters = found.parameters.into_iter().map(|(name, value)| (name.to_owned(), value));
        Some((found.route.function.clone(), parameters.collect()))
    }

    /// The example of the page.
    const PETS: [&str; 5] =
        ["$default", "ANY /{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}", "GET /pets/dog/1"];

    #[test]
    fn the_most_specific_route_answers() {
        for (method, path, key) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
            ("POST", "/test/5", "ANY /{proxy+}"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(found(&PETS, method, path).unwrap().0, key, "{method} {path}");
        }
        let by_method = ["ANY /pets", "GET /pets", "GET /{any}"];
        assert_eq!(found(&by_method, "GET", "/pets").unwrap().0, "GET /pets");
        assert_eq!(found(&by_method, "PUT", "/pets").unwrap().0, "ANY /pets");
        assert_eq!(found(&["GET /a/{rest+}", "GET /{x}/b"], "GET", "/a/b").unwrap().0, "GET /{x}/b");
    }

    #[test]
    fn parameters_are_decoded_and_never_empty() {
        let keys = ["GET /jobs/{id}", "GET /files/{path+}"];
        let one = |path| found(&keys, "GET", path).map(|(_, parameters)| parameters[0].1.clone());
        assert_eq!(one("/jobs/a%20b").as_deref(), Some("a b"));
        assert_eq!(one("/files/a/b%2Fc").as_deref(), Some("a/b/c"));
        assert_eq!(["/jobs", "/jobs/", "/jobs/a/b", "/files", "/files/"].map(one), [const { None }; 5]);
    }

    #[test]
    fn nothing_matches_without_a_default_route() {
        assert!(found(&["GET /jobs"], "POST", "/jobs").is_none());
        assert!(found(&["GET /jobs"], "GET", "/jobs/").is_none());
        assert_eq!(found(&["GET /"], "GET", "/").unwrap().0, "GET /");
    }
}
