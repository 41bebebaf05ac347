//! The endpoint for a method and a path.

use crate::api_error::ApiError;

#[derive(Debug, PartialEq)]
pub(crate) enum Route {
    Submit,
    SubmitBatch,
    /// Answers without a call to AWS.
    Health,
}

impl Route {
    /// Compares the path as the endpoint passed it on: the load balancer doesn't decode it, an HTTP API does.
    pub(crate) fn find(method: &str, path: &str) -> Result<Self, ApiError> {
        match path {
            "/" | "/api/email" if method == "POST" => Ok(Self::Submit),
            "/api/emails" if method == "POST" => Ok(Self::SubmitBatch),
            "/" | "/api/email" | "/api/emails" => Err(ApiError::MethodNotAllowed { allow: "POST" }),
            "/health" if ["GET", "HEAD"].contains(&method) => Ok(Self::Health),
            "/health" => Err(ApiError::MethodNotAllowed { allow: "GET, HEAD" }),
            _ => Err(ApiError::NotFound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_methods_and_paths_have_a_route() {
        for (method, path, route) in [
            ("POST", "/", Route::Submit),
            ("POST", "/api/email", Route::Submit),
            ("POST", "/api/emails", Route::SubmitBatch),
            ("GET", "/health", Route::Health),
            ("HEAD", "/health", Route::Health),
        ] {
            assert!(Route::find(method, path).is_ok_and(|found| found == route), "{method} {path}");
        }
    }

    #[test]
    fn another_method_on_a_known_path_is_an_error_with_the_allowed_ones() {
        for (method, path, allowed) in [
            ("GET", "/", "POST"),
            ("PUT", "/api/email", "POST"),
            ("GET", "/api/emails", "POST"),
            ("OPTIONS", "/", "POST"),
            ("POST", "/health", "GET, HEAD"),
        ] {
            let found = Route::find(method, path);
            assert!(
                matches!(found, Err(ApiError::MethodNotAllowed { allow }) if allow == allowed),
                "{method} {path}: {found:?}"
            );
        }
    }

    #[test]
    fn any_other_path_is_not_found() {
        for path in [
            "",
            "//",
            "/api",
            "/api/email/",
            "/api/emails/",
            "/API/email",
            "/api%2Femail",
            "/health/",
            "/healthz",
            "*",
        ] {
            assert!(matches!(Route::find("POST", path), Err(ApiError::NotFound)), "{path}");
        }
    }
}
