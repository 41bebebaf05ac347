-- The load balancer's requests per hour and status, of today and yesterday, in UTC, and the longest time that a function took.
SELECT
  substr(time, 1, 13) AS hour,
  elb_status_code AS status,
  count(*) AS requests,
  max(target_processing_time) AS longest_seconds
FROM requests
WHERE day >= date_format(current_date - INTERVAL '1' DAY, '%Y/%m/%d')
GROUP BY 1, 2
ORDER BY hour DESC, status
LIMIT 1000
