-- Emails and senders on each of the last seven days, in UTC. Layout dated only: it reads the objects of these days alone.
SELECT
  day,
  count(*) AS emails,
  count(DISTINCT email_sender) AS senders
FROM emails_by_day
WHERE day BETWEEN date_format(current_date - INTERVAL '6' DAY, '%Y/%m/%d') AND date_format(current_date, '%Y/%m/%d')
  AND NOT regexp_like(email_sender, '^mailroom-canary-[0-9a-f]{8}$')
GROUP BY day
ORDER BY day DESC
