//! Which door a method and a path lead to.

use crate::refusal::Refusal;

/// A door.
#[derive(Debug, PartialEq)]
pub(crate) enum Route {
    /// Post an email.
    Submit,
    /// Is the function alive? Needs no AWS call.
    Health,
}

impl Route {
    /// Finds the door. The path is compared as the client wrote it: the load balancer doesn't decode it.
    pub(crate) fn find(method: &str, path: &str) -> Result<Self, Refusal> {
        match path {
            "/" | "/api/email" if method == "POST" => Ok(Self::Submit),
            "/" | "/api/email" => Err(Refusal::MethodNotAllowed { allow: "POST" }),
            "/health" if ["GET", "HEAD"].contains(&method) => Ok(Self::Health),
            "/health" => Err(Refusal::MethodNotAllowed { allow: "GET, HEAD" }),
            _ => Err(Refusal::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_doors_lead_to_the_same_place() {
        for path in ["/", "/api/email"] {
            assert!(matches!(Route::find("POST", path), Ok(Route::Submit)), "{path}");
        }
    }

    #[test]
    fn health_answers_get_and_head() {
        for method in ["GET", "HEAD"] {
            assert!(matches!(Route::find(method, "/health"), Ok(Route::Health)), "{method}");
        }
    }

    #[test]
    fn another_method_on_a_known_path_is_told_which_are_allowed() {
        for (method, path, allowed) in [
            ("GET", "/", "POST"),
            ("PUT", "/api/email", "POST"),
            ("OPTIONS", "/", "POST"),
            ("POST", "/health", "GET, HEAD"),
        ] {
            let found = Route::find(method, path);
            assert!(
                matches!(found, Err(Refusal::MethodNotAllowed { allow }) if allow == allowed),
                "{method} {path}: {found:?}"
            );
        }
    }

    #[test]
    fn any_other_path_is_not_found() {
        for path in
            ["", "//", "/api", "/api/email/", "/API/email", "/api%2Femail", "/health/", "/healthz", "*"]
        {
            assert!(matches!(Route::find("POST", path), Err(Refusal::NotFound)), "{path}");
        }
    }
}
