-- The tables of template.yaml for DuckDB, over the files of a bucket in the present directory, and the functions of
-- Athena that DuckDB names otherwise. local.py adds the view `emails` of emails.sql. Unlike Athena, DuckDB also reads
-- files whose names begin with a dot or an underscore.

CREATE MACRO from_unixtime(seconds) AS epoch_ms(seconds * 1000);
CREATE MACRO date_format(time, format) AS strftime(time, format);
CREATE MACRO regexp_like(value, expression) AS regexp_matches(value, expression);

-- *.json and *.ndjson. A list of two patterns would fail where one of them has no file.
CREATE VIEW stored_emails AS
SELECT * EXCLUDE filename, filename AS "$path"
FROM read_json(
  '**/*json',
  format = 'newline_delimited',
  columns = {
    email_subject: 'VARCHAR', email_sender: 'VARCHAR', email_timestream: 'VARCHAR', email_content: 'VARCHAR',
    receipt: 'VARCHAR', digest: 'VARCHAR', accepted_at: 'VARCHAR', caller: 'VARCHAR'
  },
  filename = true
);

CREATE VIEW emails_by_day AS
SELECT
  email_subject, email_sender, email_timestream, email_content, "$path",
  regexp_extract("$path", '^emails/(\d{4}/\d{2}/\d{2})/', 1) AS day
FROM stored_emails
WHERE "$path" LIKE 'emails/____/__/__/%';

CREATE VIEW batches AS
SELECT *, regexp_extract("$path", '^batches/(\d{4}/\d{2}/\d{2}/\d{2})/', 1) AS hour
FROM stored_emails
WHERE "$path" LIKE 'batches/____/__/__/__/%';
