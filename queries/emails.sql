-- The view `emails`: each stored email once. In the layout batch an email may be in more than one object; its copies have
-- the same digest, and the same receipt if it has one. Other layouts store an email once, and their JSON has neither.
SELECT email_subject, email_sender, email_timestream, email_content, receipt, digest, accepted_at, caller, object
FROM (
  SELECT
    email_subject, email_sender, email_timestream, email_content, receipt, digest, accepted_at, caller, "$path" AS object,
    row_number() OVER (PARTITION BY coalesce(receipt || digest, digest, "$path")) AS copy
  FROM stored_emails
)
WHERE copy = 1 OR digest IS NULL
