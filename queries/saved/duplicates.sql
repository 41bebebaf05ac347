-- Emails that are stored more than once with all four fields the same. In the layout batch these were sent more than once. In
-- the others, a second copy comes from a change of the layout, or from a copy by hand.
SELECT
  count(*) AS copies,
  email_sender,
  email_timestream,
  email_subject,
  min(object) AS first_object,
  max(object) AS last_object
FROM emails
GROUP BY email_subject, email_sender, email_timestream, email_content
HAVING count(*) > 1
ORDER BY copies DESC, email_sender, email_timestream, first_object
LIMIT 1000
