-- Emails and senders per day, in UTC, the latest day first. The day is that of email_timestream, which the caller chooses.
SELECT
  CAST(from_unixtime(CAST(email_timestream AS bigint)) AS date) AS day,
  count(*) AS emails,
  count(DISTINCT email_sender) AS senders
FROM emails
WHERE NOT regexp_like(email_sender, '^mailroom-canary-[0-9a-f]{8}$')
GROUP BY 1
ORDER BY day DESC
LIMIT 1000
