package sqlite

// The queries behind the questions. A broker's keys are those from no << 48 on.
const (
	highestQuery = `
		SELECT r.key, r.hash FROM broker b JOIN record r ON r.key BETWEEN b.no << 48 AND (b.no << 48) + 0xFFFFFFFFFFFF
		WHERE b.name = ? ORDER BY r.key DESC LIMIT 1`

	brokersQuery = `
		SELECT name FROM broker b WHERE EXISTS (
			SELECT 1 FROM record r WHERE r.key BETWEEN b.no << 48 AND (b.no << 48) + 0xFFFFFFFFFFFF) ORDER BY name`

	entriesQuery = `
		SELECT r.key, r.hash, r.document FROM broker b
		JOIN record r ON r.key BETWEEN (b.no << 48) + ?2 + 1 AND (b.no << 48) + 0xFFFFFFFFFFFF
		WHERE b.name = ?1 ORDER BY r.key LIMIT ?3`

	showQuery = `SELECT key, document FROM record WHERE id = ? ORDER BY key`

	// narrowed are the conditions of a Scope: see args.
	narrowed = `time_in >= ? AND time_in < ? AND (? = '' OR source_org = ?) AND (? = '' OR user_id = ?)`

	// stateQuery gives what changes with every record that is stored.
	stateQuery = `SELECT b.no, (SELECT r.key FROM record r WHERE r.key BETWEEN b.no << 48 AND (b.no << 48) + 0xFFFFFFFFFFFF
		ORDER BY r.key DESC LIMIT 1) FROM broker b ORDER BY b.no`

	// boundQuery gives the place so many records further back.
	boundQuery = `SELECT time_in, key FROM brief WHERE (time_in, key) < (?, ?) AND time_in >= ?
		ORDER BY time_in DESC, key DESC LIMIT 1 OFFSET ?`

	// briefsQuery gives records in brief between two places; what is wanted of them
	// follows: see wanted.
	briefsQuery = ` FROM brief i WHERE (i.time_in, i.key) < (?, ?) AND (i.time_in, i.key) >= (?, ?)`

	briefsOfIDQuery = ` FROM record r CROSS JOIN brief i ON i.time_in = r.time_in AND i.key = r.key
		WHERE r.id = ? AND (? = '[]' OR r.document ->> '$.patient_hmac' IN (SELECT value FROM json_each(?))) AND r.time_in < ? AND r.time_in >= ?`

	newestFirst = ` ORDER BY i.time_in DESC, i.key DESC`

	documentsQuery = `SELECT key, document FROM record WHERE key IN (SELECT value FROM json_each(?))`

	refusedQuery = `SELECT key, document FROM record INDEXED BY record_refused
		WHERE outcome <> 'released' AND ` + narrowed + ` ORDER BY time_in DESC, key DESC LIMIT ?`

	// The runs of the index, of each broker, are counted up, and each is looked
	// into: see the schema.
	runs = `WITH RECURSIVE
		bounds(low, high) AS (
			SELECT (SELECT r.key FROM record r WHERE r.key BETWEEN b.no << 48 AND (b.no << 48) + 0xFFFFFFFFFFFF ORDER BY r.key LIMIT 1) >> 12,
			       (SELECT r.key FROM record r WHERE r.key BETWEEN b.no << 48 AND (b.no << 48) + 0xFFFFFFFFFFFF ORDER BY r.key DESC LIMIT 1) >> 12
			FROM broker b),
		run(no, high) AS (SELECT low, high FROM bounds WHERE low IS NOT NULL UNION ALL SELECT no + 1, high FROM run WHERE no < high)
		`
	briefsOfPatientQuery = ` FROM run CROSS JOIN record r INDEXED BY record_patient ON r.key >> 12 = run.no AND r.patient IN (SELECT value FROM json_each(?))
		CROSS JOIN brief i ON i.time_in = r.time_in AND i.key = r.key
		WHERE r.document ->> '$.patient_hmac' IN (SELECT value FROM json_each(?)) AND r.time_in < ? AND r.time_in >= ?`
)
