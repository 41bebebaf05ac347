-- The senders with the most emails, and the times of their earliest and latest one.
SELECT
  email_sender,
  count(*) AS emails,
  from_unixtime(min(CAST(email_timestream AS bigint))) AS earliest,
  from_unixtime(max(CAST(email_timestream AS bigint))) AS latest
FROM emails
WHERE email_sender NOT LIKE 'mailroom-canary-________'
GROUP BY email_sender
ORDER BY emails DESC, email_sender
LIMIT 1000
