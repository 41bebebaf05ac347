-- The senders with the most emails, and the times of their earliest and latest one.
SELECT
  email_sender,
  count(*) AS emails,
  from_unixtime(min(CAST(email_timestream AS bigint))) AS earliest,
  from_unixtime(max(CAST(email_timestream AS bigint))) AS latest
FROM emails
WHERE NOT regexp_like(email_sender, '^mailroom-canary-[0-9a-f]{8}$')
GROUP BY email_sender
ORDER BY emails DESC, email_sender
LIMIT 1000
