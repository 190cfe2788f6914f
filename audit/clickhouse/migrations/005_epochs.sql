-- Under which epoch of the keys a record's patient stands: '' from before there were
-- epochs, and where there is no patient. It stands in packed as the document has it.
ALTER TABLE records
    ADD COLUMN IF NOT EXISTS patient_epoch LowCardinality(String) MATERIALIZED extract(packed, '"patient_epoch":"([^"]*)"') CODEC(ZSTD(1));

ALTER TABLE records
    MATERIALIZE COLUMN patient_epoch
    SETTINGS mutations_sync = 0;
