// Package carry takes a whole registry out of a store and into another one, with its history: from
// a file to PostgreSQL, or back.
//
// The file is JSON, one document a line. The first line says what it is:
//
//	{"format":"mcr registry","version":1,"made":"2026-11-30T08:00:00Z","by":"alice","notes":{…}}
//
// then each version of each entry in the order in which they were recorded:
//
//	{"id":"feed|EpisodeOfCare/7","version":1,"kind":"relationship","status":"active",
//	 "patient":"9990000018","organisation":"RXA01","from":"2026-01-01T00:00:00Z",
//	 "recorded_by":"alice","recorded_at":"2026-11-30T07:00:00.000001Z","detail":{"form":"episode"}}
//
// (in one line), and last how many there were, and the SHA-256 of all bytes before this line:
//
//	{"entries":1,"sha256":"…"}
//
// Times are UTC, to the microsecond, as stores keep them. "notes" are what imports keep besides
// entries. The digest finds what was cut off or damaged; it is no signature.
package carry
