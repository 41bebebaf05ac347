//! SQS, S3 and SSM on one endpoint.
