-- The tables of template.yaml for DuckDB, over the files of a bucket in the present directory, and the functions of
-- Athena that DuckDB names otherwise. Unlike Athena it also reads files whose names begin with a dot or an underscore.

CREATE MACRO from_unixtime(seconds) AS epoch_ms(seconds * 1000);
CREATE MACRO date_format(time, format) AS strftime(time, format);
CREATE MACRO regexp_like(value, expression) AS regexp_matches(value, expression);

CREATE VIEW emails AS
SELECT email_subject, email_sender, email_timestream, email_content, filename AS "$path"
FROM read_json(
  '**/*.json',
  format = 'newline_delimited',
  columns = {
    email_subject: 'VARCHAR', email_sender: 'VARCHAR', email_timestream: 'VARCHAR', email_content: 'VARCHAR'
  },
  filename = true
);

CREATE VIEW emails_by_day AS
SELECT *, regexp_extract("$path", '^emails/(\d{4}/\d{2}/\d{2})/', 1) AS day
FROM emails
WHERE "$path" LIKE 'emails/____/__/__/%';
