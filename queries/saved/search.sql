-- Emails with this text in their subject or content, in upper or lower case, the latest first. Its parameter is the text.
SELECT
  from_unixtime(CAST(email_timestream AS bigint)) AS sent,
  email_sender,
  email_subject,
  object
FROM emails
WHERE strpos(lower(concat(email_subject, ' ', email_content)), lower(?)) > 0
ORDER BY sent DESC, object
LIMIT 1000
