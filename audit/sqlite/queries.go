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
		SELECT r.key, r.hash, r.block, r.at, r.length FROM broker b
		JOIN record r ON r.key BETWEEN (b.no << 48) + ?2 + 1 AND (b.no << 48) + 0xFFFFFFFFFFFF
		WHERE b.name = ?1 ORDER BY r.key LIMIT ?3`

	// placed is what Store.each reads of a record.
	placed = `SELECT key, hash, block, at, length FROM record `

	keysQuery = placed + `WHERE key IN (SELECT value FROM json_each(?))`

	rangeQuery = placed + `WHERE key BETWEEN ? AND ? ORDER BY key`

	// shown is what Store.few reads of a record; a block that is too long is not there.
	shown = `SELECT r.key, r.block, r.at, r.length, b.dictionary, b.bytes FROM record r
		LEFT JOIN block b ON b.no = r.block AND length(b.bytes) <= ?2 WHERE `

	showQuery = shown + `r.id = ?1`

	blocksQuery = `SELECT no, dictionary, iif(length(bytes) <= ?2, bytes, NULL) FROM block WHERE no IN (SELECT value FROM json_each(?1))`

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
		WHERE r.id = ?1 AND (?2 = '[]' OR r.patient IN (SELECT unhex(value) FROM json_each(?2))) AND r.time_in < ?3 AND r.time_in >= ?4`

	newestFirst = ` ORDER BY i.time_in DESC, i.key DESC`

	documentsQuery = shown + `r.key IN (SELECT value FROM json_each(?1))`

	// Of the refused alone: as boundQuery and briefsQuery.
	boundOfRefusedQuery = `SELECT time_in, key FROM record INDEXED BY record_refused WHERE refused = 1 AND (time_in, key) < (?, ?) AND time_in >= ?
		ORDER BY time_in DESC, key DESC LIMIT 1 OFFSET ?`
	briefsOfRefusedQuery = ` FROM record r INDEXED BY record_refused CROSS JOIN brief i ON i.time_in = r.time_in AND i.key = r.key
		WHERE r.refused = 1 AND (r.time_in, r.key) < (?, ?) AND (r.time_in, r.key) >= (?, ?)`

	// The runs of the index, of each broker, are counted up, and each is looked
	// into: see the schema.
	runs = `WITH RECURSIVE
		bounds(low, high) AS (
			SELECT (SELECT r.key FROM record r WHERE r.key BETWEEN b.no << 48 AND (b.no << 48) + 0xFFFFFFFFFFFF ORDER BY r.key LIMIT 1) >> 12,
			       (SELECT r.key FROM record r WHERE r.key BETWEEN b.no << 48 AND (b.no << 48) + 0xFFFFFFFFFFFF ORDER BY r.key DESC LIMIT 1) >> 12
			FROM broker b),
		run(no, high) AS (SELECT low, high FROM bounds WHERE low IS NOT NULL UNION ALL SELECT no + 1, high FROM run WHERE no < high)
		`
	briefsOfPatientQuery = ` FROM run CROSS JOIN record r INDEXED BY record_patient ON r.key >> 12 = run.no AND r.patient IN (SELECT unhex(value) FROM json_each(?))
		CROSS JOIN brief i ON i.time_in = r.time_in AND i.key = r.key
		WHERE r.time_in < ? AND r.time_in >= ?`
)
