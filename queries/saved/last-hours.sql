-- Emails and senders per hour of acceptance, of the last 24 hours, in UTC. Layout batch only: it reads the objects of two
-- days. An object has the hour of its earliest email, so emails beside one that waited longer, or was redriven, are left out.
SELECT
  substr(accepted_at, 1, 13) AS accepted_hour,
  count(DISTINCT coalesce(receipt || digest, digest)) AS emails,
  count(DISTINCT email_sender) AS senders
FROM batches
WHERE hour >= date_format(current_date - INTERVAL '2' DAY, '%Y/%m/%d/%H')
  AND accepted_at >= date_format(current_timestamp - INTERVAL '24' HOUR, '%Y-%m-%dT%H')
  AND NOT regexp_like(email_sender, '^mailroom-canary-[0-9a-f]{8}$')
GROUP BY 1
ORDER BY accepted_hour DESC
