-- The addresses whose requests were answered with an error, by status, on the last seven days, in UTC.
SELECT
  client_ip,
  elb_status_code AS status,
  count(*) AS requests,
  min(time) AS first_time,
  max(time) AS last_time
FROM requests
WHERE day >= date_format(current_date - INTERVAL '6' DAY, '%Y/%m/%d') AND elb_status_code >= 400
GROUP BY client_ip, elb_status_code
ORDER BY requests DESC, client_ip, status
LIMIT 1000
