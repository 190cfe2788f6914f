-- Under which epoch of the keys a record's patient stands: '' from before there were
-- epochs, and where there is no patient.
ALTER TABLE records
    ADD COLUMN IF NOT EXISTS patient_epoch LowCardinality(String) MATERIALIZED JSONExtractString(document, 'patient_epoch');

ALTER TABLE records
    MATERIALIZE COLUMN patient_epoch
    SETTINGS mutations_sync = 0;
