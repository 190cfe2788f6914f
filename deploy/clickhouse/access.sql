-- Who may ask the trail with SQL, for servers that keep their users in SQL (ReplicatedMergeTree clusters: add ON CLUSTER).
-- clickhouse/users.d/mcr-readers.xml is the same as XML; use one of the two. Run as an administrator, once the broker has
-- made its tables. CHANGE the digests: printf %s 'the password' | sha256sum

-- Nothing can be written, and no setting changed but the time limit: Grafana's client sends its own, and 5 s more.
-- A record that stands twice stands twice in one partition (month): months that are merged need no FINAL then. It is the
-- same twice: what is not asked for may go before the two are made one.
CREATE SETTINGS PROFILE IF NOT EXISTS mcr_reader SETTINGS
    readonly = 1, allow_ddl = 0, do_not_merge_across_partitions_select_final = 1, optimize_move_to_prewhere_if_final = 1, max_execution_time = 30 MAX 60 CHANGEABLE_IN_READONLY, max_memory_usage = 4000000000, max_result_rows = 100000;

CREATE QUOTA IF NOT EXISTS mcr_reader FOR INTERVAL 1 hour MAX queries = 20000, execution_time = 1800;

-- Columns only, no documents; and nothing of by_patient, which has no row policy.
CREATE ROLE IF NOT EXISTS mcr_reader SETTINGS PROFILE 'mcr_reader';
GRANT SELECT(broker, seq, id, time_in, time_out, delivered_at, outcome, effect, reason, reasons, rules, user_id, user_name, user_org, user_org_name, source, source_org, patient_hmac, status, role_code, role_name, purpose, action, interaction, resource_type, policy, policy_digest, alert, categories, withheld, bytes_released, spent_us, trace_id, permission_id, emergency_id, emergency_reason, visit_no, patient_no) ON mcr.records TO mcr_reader;
GRANT SELECT ON mcr.hourly TO mcr_reader;

-- The broker's own user and the region's auditors see every row. These policies stand first: as soon as a table has one,
-- users without one see nothing (or everything, when users_without_row_policies_can_read_rows says so: it should not).
CREATE USER IF NOT EXISTS mcr_grafana IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000' HOST IP '127.0.0.1' DEFAULT ROLE mcr_reader;
GRANT mcr_reader TO mcr_grafana;
CREATE ROW POLICY IF NOT EXISTS everything ON mcr.records, mcr.hourly FOR SELECT USING 1 TO mcr, mcr_grafana;

-- One user and one policy for each organisation. To let it see what its own staff did elsewhere as well:
-- USING source_org = 'Z91001' OR user_org = 'Z91001' AND NOT startsWith(action, 'look-')
-- (without the last part the organisation that hosts the region's auditors sees into whose trail they look). hourly has no
-- users' organisations: its policy stays USING source_org = 'Z91001'.
CREATE USER IF NOT EXISTS mcr_grafana_z91001 IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000' HOST IP '127.0.0.1' DEFAULT ROLE mcr_reader;
GRANT mcr_reader TO mcr_grafana_z91001;
CREATE ROW POLICY IF NOT EXISTS own_z91001 ON mcr.records, mcr.hourly FOR SELECT USING source_org = 'Z91001' TO mcr_grafana_z91001;

ALTER QUOTA mcr_reader TO mcr_reader;
