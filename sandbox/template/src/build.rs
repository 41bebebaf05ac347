//! The code of a function: which binary cargo builds, and where.
//!
//! [Building Rust Lambda functions](https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-rust.html)

use crate::error::{ErrorKind, Located, Result};
use crate::properties::{Known, Properties};
use crate::scope::{Resource, Scope};

const BUILD: Known = Known { used: &["Binary"], only_on_aws: &[] };
/// cargo-lambda's output, which ends in the name of a binary.
const OUTPUT: &str = "target/lambda";

/// The directory and the binary. Without a build method, `CodeUri` names what `cargo lambda build` has built.
pub(crate) fn code(
    scope: &Scope<'_>,
    resource: &Resource,
    properties: &Properties<'_>,
) -> Result<(String, Option<String>)> {
    let code_uri = properties.text("CodeUri")?.unwrap_or_else(|| ".".to_owned());
    let place = format!("{}.Metadata", resource.id);
    let metadata = resource.metadata.as_ref().map(|metadata| Properties::open_any(scope, &place, metadata));
    let metadata = metadata.transpose()?;
    if let Some(metadata) = &metadata
        && metadata.one_of("BuildMethod", "rust-cargolambda", &[("rust-cargolambda", ())])?.is_some()
    {
        let build = metadata.section("BuildProperties", BUILD)?;
        let binary = build.map_or(Ok(None), |build| build.text("Binary"))?;
        return Ok((code_uri, binary));
    }
    let built = code_uri.trim_end_matches('/').rsplit_once('/');
    let project = built.and_then(|(output, name)| Some((output.strip_suffix(OUTPUT)?, name)));
    let (project, name) = project.ok_or_else(|| {
        let why = "the sandbox can't tell which binary to build: add Metadata with BuildMethod: rust-cargolambda, and \
                   BuildProperties with the name of the Binary";
        Located::new(resource.line, ErrorKind::Unsupported(why.to_owned())).at(&resource.id)
    })?;
    let project = if project.is_empty() { "." } else { project };
    Ok((project.to_owned(), Some(name.to_owned())))
}

#[cfg(test)]
mod tests {
    use crate::FunctionSpec;
    use crate::tests::{assert_refused, function, parse};
    use std::path::Path;

    fn spec(text: &str) -> FunctionSpec {
        parse(text).unwrap().functions.remove(0)
    }

    #[test]
    fn the_binary_and_its_directory_are_found_as_sam_and_cargo_lambda_find_them() {
        let metadata = "    Metadata: {BuildMethod: rust-cargolambda, BuildProperties: {Binary: worker}}\n";
        let only_one = function("").replace(", BuildProperties: {Binary: worker}", ", cfn-lint: {x: y}");
        assert_eq!(spec(&only_one).binary, None);
        assert_eq!(spec(&only_one.replace("      CodeUri: .\n", "")).code_uri, Path::new("."));
        let built = function("").replace(metadata, "");
        for (code_uri, project) in
            [("target/lambda/worker", "."), ("../jobs/target/lambda/worker/", "../jobs/")]
        {
            let spec = spec(&built.replace("CodeUri: .", &format!("CodeUri: {code_uri}")));
            assert_eq!((spec.code(), code_uri), ((Path::new(project), Some("worker")), code_uri));
        }
        assert_refused(&built, "Worker: the sandbox can't tell which binary to build: add Metadata");
    }
}
