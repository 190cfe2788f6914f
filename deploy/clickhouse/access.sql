-- Who may use the trail's ClickHouse, for servers that keep their users in SQL. Made by
--   mcr audit access --sql --organisation Z91001 --organisation Z91002
-- which makes the same as users XML (--xml); use one of the two. docs/clickhouse.md says who may what.
-- Run it as an administrator with the SHA-256 of each user's password (printf %s 'the password' | sha256sum):
--   clickhouse-client --param_mcr_writer=... --param_mcr_migrator=... --queries-file access.sql

-- Nothing can be written, and no setting changed but the time limit: Grafana's client sends its own, and
-- 5 s more.
CREATE SETTINGS PROFILE IF NOT EXISTS mcr_reader;
ALTER SETTINGS PROFILE mcr_reader SETTINGS readonly = 1, allow_ddl = 0, do_not_merge_across_partitions_select_final = 1, optimize_move_to_prewhere_if_final = 1, optimize_functions_to_subcolumns = 0, max_execution_time = 30 MIN 1 MAX 60 CHANGEABLE_IN_READONLY, max_memory_usage = 4000000000, max_result_rows = 100000, skip_unavailable_shards = 0, serialize_query_plan = 0, use_query_cache = 0, allow_introspection_functions = 0, log_queries = 1;

-- Roles first without rights, and users without roles.
CREATE ROLE IF NOT EXISTS mcr_writers;
CREATE ROLE IF NOT EXISTS mcr_migrators;
CREATE ROLE IF NOT EXISTS mcr_erasers;
CREATE ROLE IF NOT EXISTS mcr_auditors;
CREATE ROLE IF NOT EXISTS mcr_analysts;
CREATE ROLE IF NOT EXISTS mcr_readers;

-- The brokers' own, and the console's: they add records and read them. Not for people.
CREATE USER IF NOT EXISTS mcr_writer IDENTIFIED WITH sha256_hash BY {mcr_writer:String} HOST IP '127.0.0.1';
ALTER USER mcr_writer IDENTIFIED WITH sha256_hash BY {mcr_writer:String} HOST IP '127.0.0.1';

-- Of `mcr audit migrate`: makes and changes tables. It is granted no documents; but whoever may change tables can find a way to them, so it is for migrations only.
CREATE USER IF NOT EXISTS mcr_migrator IDENTIFIED WITH sha256_hash BY {mcr_migrator:String} HOST IP '127.0.0.1';
ALTER USER mcr_migrator IDENTIFIED WITH sha256_hash BY {mcr_migrator:String} HOST IP '127.0.0.1';

-- Of what the law takes out of the trail (docs/trail.md): for the hour in which it is done.
CREATE USER IF NOT EXISTS mcr_eraser IDENTIFIED WITH sha256_hash BY {mcr_eraser:String} HOST IP '127.0.0.1';
ALTER USER mcr_eraser IDENTIFIED WITH sha256_hash BY {mcr_eraser:String} HOST IP '127.0.0.1';

-- The region's auditors: every organisation's records, not the documents.
CREATE USER IF NOT EXISTS mcr_auditor IDENTIFIED WITH sha256_hash BY {mcr_auditor:String} HOST IP '127.0.0.1' SETTINGS PROFILE 'mcr_reader';
ALTER USER mcr_auditor IDENTIFIED WITH sha256_hash BY {mcr_auditor:String} HOST IP '127.0.0.1' SETTINGS PROFILE 'mcr_reader';

-- Those who plan services, for the whole region: nothing of patients, nor of who asked.
CREATE USER IF NOT EXISTS mcr_analyst IDENTIFIED WITH sha256_hash BY {mcr_analyst:String} HOST IP '127.0.0.1' SETTINGS PROFILE 'mcr_reader';
ALTER USER mcr_analyst IDENTIFIED WITH sha256_hash BY {mcr_analyst:String} HOST IP '127.0.0.1' SETTINGS PROFILE 'mcr_reader';

-- The organisation Z91001.
CREATE USER IF NOT EXISTS mcr_reader_z91001 IDENTIFIED WITH sha256_hash BY {mcr_reader_z91001:String} HOST IP '127.0.0.1' SETTINGS PROFILE 'mcr_reader';
ALTER USER mcr_reader_z91001 IDENTIFIED WITH sha256_hash BY {mcr_reader_z91001:String} HOST IP '127.0.0.1' SETTINGS PROFILE 'mcr_reader';

-- The organisation Z91002.
CREATE USER IF NOT EXISTS mcr_reader_z91002 IDENTIFIED WITH sha256_hash BY {mcr_reader_z91002:String} HOST IP '127.0.0.1' SETTINGS PROFILE 'mcr_reader';
ALTER USER mcr_reader_z91002 IDENTIFIED WITH sha256_hash BY {mcr_reader_z91002:String} HOST IP '127.0.0.1' SETTINGS PROFILE 'mcr_reader';

-- Which rows each sees. The last of each table closes it to everybody else, whatever the server's
-- users_without_row_policies_can_read_rows says.
CREATE ROW POLICY OR REPLACE mcr_reader_z91001 ON mcr.records FOR SELECT USING source_org = 'Z91001' TO mcr_reader_z91001;
CREATE ROW POLICY OR REPLACE mcr_reader_z91002 ON mcr.records FOR SELECT USING source_org = 'Z91002' TO mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_everything ON mcr.records FOR SELECT USING 1 TO mcr_writer, mcr_migrator, mcr_eraser, mcr_auditor, mcr_analyst;
CREATE ROW POLICY OR REPLACE mcr_nobody_else ON mcr.records FOR SELECT USING 0 AS RESTRICTIVE TO ALL EXCEPT mcr_writer, mcr_migrator, mcr_eraser, mcr_auditor, mcr_analyst, mcr_reader_z91001, mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_reader_z91001 ON mcr.by_patient FOR SELECT USING source_org = 'Z91001' TO mcr_reader_z91001;
CREATE ROW POLICY OR REPLACE mcr_reader_z91002 ON mcr.by_patient FOR SELECT USING source_org = 'Z91002' TO mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_everything ON mcr.by_patient FOR SELECT USING 1 TO mcr_writer, mcr_migrator, mcr_eraser, mcr_auditor, mcr_analyst;
CREATE ROW POLICY OR REPLACE mcr_nobody_else ON mcr.by_patient FOR SELECT USING 0 AS RESTRICTIVE TO ALL EXCEPT mcr_writer, mcr_migrator, mcr_eraser, mcr_auditor, mcr_analyst, mcr_reader_z91001, mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_reader_z91001 ON mcr.hourly FOR SELECT USING source_org = 'Z91001' TO mcr_reader_z91001;
CREATE ROW POLICY OR REPLACE mcr_reader_z91002 ON mcr.hourly FOR SELECT USING source_org = 'Z91002' TO mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_everything ON mcr.hourly FOR SELECT USING 1 TO mcr_writer, mcr_migrator, mcr_eraser, mcr_auditor, mcr_analyst;
CREATE ROW POLICY OR REPLACE mcr_nobody_else ON mcr.hourly FOR SELECT USING 0 AS RESTRICTIVE TO ALL EXCEPT mcr_writer, mcr_migrator, mcr_eraser, mcr_auditor, mcr_analyst, mcr_reader_z91001, mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_reader_z91001 ON mcr.retired FOR SELECT USING source_org = 'Z91001' TO mcr_reader_z91001;
CREATE ROW POLICY OR REPLACE mcr_reader_z91002 ON mcr.retired FOR SELECT USING source_org = 'Z91002' TO mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_everything ON mcr.retired FOR SELECT USING 1 TO mcr_writer, mcr_migrator, mcr_eraser, mcr_auditor, mcr_analyst;
CREATE ROW POLICY OR REPLACE mcr_nobody_else ON mcr.retired FOR SELECT USING 0 AS RESTRICTIVE TO ALL EXCEPT mcr_writer, mcr_migrator, mcr_eraser, mcr_auditor, mcr_analyst, mcr_reader_z91001, mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_everything ON mcr.row_policy_probe FOR SELECT USING 1 TO mcr_writer, mcr_eraser, mcr_auditor, mcr_analyst, mcr_reader_z91001, mcr_reader_z91002;
CREATE ROW POLICY OR REPLACE mcr_nobody_else ON mcr.row_policy_probe FOR SELECT USING 0 AS RESTRICTIVE TO ALL EXCEPT mcr_writer, mcr_eraser, mcr_auditor, mcr_analyst, mcr_reader_z91001, mcr_reader_z91002;

-- The brokers' own, and the console's: they add records and read them. Not for people.
REVOKE ALL ON *.* FROM mcr_writers;
GRANT SELECT, INSERT ON mcr.records TO mcr_writers;
GRANT SELECT, INSERT ON mcr.by_patient TO mcr_writers;
GRANT SELECT, INSERT ON mcr.hourly TO mcr_writers;
GRANT SELECT ON mcr.retired TO mcr_writers;
GRANT SELECT ON mcr.records_everywhere TO mcr_writers;
GRANT SELECT ON mcr.hourly_everywhere TO mcr_writers;
GRANT SELECT ON mcr.schema_version TO mcr_writers;
GRANT SELECT ON system.tables TO mcr_writers;
GRANT SELECT ON system.settings TO mcr_writers;
GRANT SELECT ON system.merge_tree_settings TO mcr_writers;

-- Of `mcr audit migrate`: makes and changes tables. It is granted no documents; but whoever may change tables can find a way to them, so it is for migrations only.
REVOKE ALL ON *.* FROM mcr_migrators;
GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, ALTER TABLE ON mcr.* TO mcr_migrators;
GRANT SELECT, INSERT ON mcr.schema_version TO mcr_migrators;
GRANT SELECT, INSERT, DROP TABLE ON mcr.row_policy_probe TO mcr_migrators;
GRANT DROP TABLE ON mcr.migrating TO mcr_migrators;
GRANT DROP TABLE ON mcr.records_everywhere TO mcr_migrators;
GRANT DROP TABLE ON mcr.hourly_everywhere TO mcr_migrators;
GRANT DROP VIEW ON mcr.visits_everywhere TO mcr_migrators;
GRANT SELECT(patient_hmac, time_in, broker, seq, source_org, source, action, outcome, effect) ON mcr.records TO mcr_migrators;
GRANT SELECT, INSERT ON mcr.by_patient TO mcr_migrators;
GRANT SELECT, INSERT ON mcr.hourly TO mcr_migrators;
GRANT SELECT ON system.tables TO mcr_migrators;
GRANT SELECT ON system.columns TO mcr_migrators;
GRANT TABLE ENGINE ON ReplacingMergeTree TO mcr_migrators;
GRANT TABLE ENGINE ON AggregatingMergeTree TO mcr_migrators;
GRANT TABLE ENGINE ON ReplicatedReplacingMergeTree TO mcr_migrators;
GRANT TABLE ENGINE ON ReplicatedAggregatingMergeTree TO mcr_migrators;
GRANT TABLE ENGINE ON Memory TO mcr_migrators;
GRANT TABLE ENGINE ON Distributed TO mcr_migrators;

-- Of what the law takes out of the trail (docs/trail.md): for the hour in which it is done.
REVOKE ALL ON *.* FROM mcr_erasers;
GRANT SELECT, INSERT, ALTER DELETE ON mcr.records TO mcr_erasers;
GRANT SELECT, INSERT, ALTER DELETE ON mcr.by_patient TO mcr_erasers;
GRANT SELECT, INSERT, ALTER DELETE ON mcr.hourly TO mcr_erasers;
GRANT SELECT, INSERT ON mcr.retired TO mcr_erasers;
GRANT SELECT ON mcr.records_everywhere TO mcr_erasers;
GRANT SELECT ON mcr.hourly_everywhere TO mcr_erasers;
GRANT SELECT ON mcr.schema_version TO mcr_erasers;
GRANT SELECT ON system.mutations TO mcr_erasers;
GRANT SELECT ON system.parts TO mcr_erasers;
GRANT SELECT ON system.detached_parts TO mcr_erasers;
GRANT SELECT ON system.tables TO mcr_erasers;
GRANT SELECT ON system.settings TO mcr_erasers;
GRANT SELECT ON system.merge_tree_settings TO mcr_erasers;

-- The region's auditors: every organisation's records, not the documents.
REVOKE ALL ON *.* FROM mcr_auditors;
GRANT SELECT(broker, seq, id, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_id, user_name, user_org, user_org_name, source, source_org, patient_hmac, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, categories, withheld, bytes_released, spent_us, trace_id, permission_id, emergency_id, emergency_reason, visitor_no, patient_no) ON mcr.records TO mcr_auditors;
GRANT SELECT(broker, seq, id, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_id, user_name, user_org, user_org_name, source, source_org, patient_hmac, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, categories, withheld, bytes_released, spent_us, trace_id, permission_id, emergency_id, emergency_reason, visitor_no, patient_no) ON mcr.records_everywhere TO mcr_auditors;
GRANT SELECT ON mcr.hourly TO mcr_auditors;
GRANT SELECT ON mcr.hourly_everywhere TO mcr_auditors;
GRANT SELECT ON mcr.visits TO mcr_auditors;
GRANT SELECT ON mcr.visits_everywhere TO mcr_auditors;

-- Those who plan services, for the whole region: nothing of patients, nor of who asked.
REVOKE ALL ON *.* FROM mcr_analysts;
GRANT SELECT(broker, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_org, user_org_name, source, source_org, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, categories, withheld, bytes_released, spent_us) ON mcr.records TO mcr_analysts;
GRANT SELECT(broker, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_org, user_org_name, source, source_org, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, categories, withheld, bytes_released, spent_us) ON mcr.records_everywhere TO mcr_analysts;
GRANT SELECT ON mcr.hourly TO mcr_analysts;
GRANT SELECT ON mcr.hourly_everywhere TO mcr_analysts;

-- An organisation: the records about its own patients' data, not the documents.
REVOKE ALL ON *.* FROM mcr_readers;
GRANT SELECT(broker, seq, id, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_id, user_name, user_org, user_org_name, source, source_org, patient_hmac, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, categories, withheld, bytes_released, spent_us, trace_id, permission_id, emergency_id, emergency_reason, visitor_no, patient_no) ON mcr.records TO mcr_readers;
GRANT SELECT(broker, seq, id, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_id, user_name, user_org, user_org_name, source, source_org, patient_hmac, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, categories, withheld, bytes_released, spent_us, trace_id, permission_id, emergency_id, emergency_reason, visitor_no, patient_no) ON mcr.records_everywhere TO mcr_readers;
GRANT SELECT ON mcr.hourly TO mcr_readers;
GRANT SELECT ON mcr.hourly_everywhere TO mcr_readers;
GRANT SELECT ON mcr.visits TO mcr_readers;
GRANT SELECT ON mcr.visits_everywhere TO mcr_readers;

GRANT mcr_writers TO mcr_writer;
ALTER USER mcr_writer DEFAULT ROLE mcr_writers;
GRANT mcr_migrators TO mcr_migrator;
ALTER USER mcr_migrator DEFAULT ROLE mcr_migrators;
GRANT mcr_erasers TO mcr_eraser;
ALTER USER mcr_eraser DEFAULT ROLE mcr_erasers;
GRANT mcr_auditors TO mcr_auditor;
ALTER USER mcr_auditor DEFAULT ROLE mcr_auditors;
GRANT mcr_analysts TO mcr_analyst;
ALTER USER mcr_analyst DEFAULT ROLE mcr_analysts;
GRANT mcr_readers TO mcr_reader_z91001;
ALTER USER mcr_reader_z91001 DEFAULT ROLE mcr_readers;
GRANT mcr_readers TO mcr_reader_z91002;
ALTER USER mcr_reader_z91002 DEFAULT ROLE mcr_readers;

-- A dashboard that is open on a wall asks some twenty questions a minute.
CREATE QUOTA IF NOT EXISTS mcr_reader;
ALTER QUOTA mcr_reader FOR INTERVAL 1 hour MAX queries = 20000, execution_time = 1800 TO mcr_auditor, mcr_analyst, mcr_reader_z91001, mcr_reader_z91002;
