-- The slowest requests of the last seven days, in UTC.
SELECT
  time,
  target_processing_time AS seconds,
  elb_status_code AS status,
  client_ip,
  received_bytes,
  trace_id
FROM requests
WHERE day >= date_format(current_date - INTERVAL '6' DAY, '%Y/%m/%d')
ORDER BY target_processing_time DESC, time DESC
LIMIT 100
