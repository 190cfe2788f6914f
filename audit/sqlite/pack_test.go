package sqlite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// vary puts varied records in a file, in batches of some size.
func vary(t *testing.T, s *sqlite.Store, n, atOnce int) []spool.Entry {
	t.Helper()
	all := trailtest.Chain(trailtest.NewVaried("region-1", 1).Take(n)...)
	for some := range slices.Chunk(all, atOnce) {
		must(t, s.Deliver(t.Context(), trailtest.Batch(t, "region-1", some)))
	}
	return all
}

// A record of a demo run takes some 480 bytes with all its indices, of at most 700 that
// were promised. These are longer, 2.85 KB, and more is random in them than in life.
func TestARecordTakesFewBytes(t *testing.T) {
	const n = 6000
	path := filepath.Join(t.TempDir(), "trail.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	vary(t, s, n, 250)
	kinds, err := strconv.Atoi(sqlite.One(t, s, `SELECT CAST(sum(length(traits)) AS TEXT) FROM kind`))
	must(t, err)
	must(t, s.Close())
	info, err := os.Stat(path)
	must(t, err)
	// Kinds are few beside records in life, and many beside so few records.
	if each := (int(info.Size()) - kinds) / n; each > 780 {
		t.Errorf("%d bytes a record, and %d of kinds", each, kinds/n)
	} else {
		t.Logf("%d bytes a record, and %d of kinds", each, kinds/n)
	}
}

// A dictionary stays for ever: nothing in it may lead to a patient, or to a record about
// one.
func TestADictionaryHoldsNothingOfAnybody(t *testing.T) {
	s := open(t)
	all := vary(t, s, 2000, 200)
	dictionary := sqlite.One(t, s, `SELECT group_concat(CAST(bytes AS TEXT), '') FROM dictionary`)
	if len(dictionary) < 10_000 {
		t.Fatalf("a dictionary of %d bytes", len(dictionary))
	}
	for _, e := range all {
		var r audit.Record
		must(t, json.Unmarshal(e.Payload, &r))
		for _, own := range append(r.Resources, r.ID, r.Salt, r.TraceID, r.TokenID, r.PatientHMAC, r.PatientShown, r.Permission, r.Relationship, r.UserName, r.ClientIP) {
			if own != "" && strings.Contains(dictionary, own) {
				t.Fatalf("record %d: the dictionary holds its %q", e.Seq, own)
			}
		}
		if strings.Contains(dictionary, "person-") {
			t.Fatal("the dictionary holds a registration's id")
		}
	}
}

// Other records come: a dictionary of their own is taken for them, and the older ones are
// read with theirs.
func TestADictionaryIsRenewed(t *testing.T) {
	s := open(t)
	vary(t, s, 350, 350) // the next trial is after 1,024
	var others []*audit.Record
	for _, r := range trailtest.NewVaried("region-2", 1).Take(1100) {
		r.Input = bytes.ReplaceAll(r.Input, []byte(`"state"`), []byte(`"condition-of-this-fact-is"`))
		r.UserAgent, r.Issuer = strings.Repeat("another program ", 20), "https://elsewhere.example/"+strings.Repeat("realms/", 9)
		others = append(others, r)
	}
	all := trailtest.Chain(others...)
	for some := range slices.Chunk(all, 350) {
		must(t, s.Deliver(t.Context(), trailtest.Batch(t, "region-2", some)))
	}
	if n := sqlite.One(t, s, `SELECT CAST(count(DISTINCT dictionary) AS TEXT) FROM block`); n < "3" {
		t.Errorf("%s dictionaries are in use", n)
	}
	got, err := s.Entries(t.Context(), "region-2", 0, len(all))
	if err != nil || !slices.EqualFunc(all, got, same) {
		t.Errorf("%d records, %v", len(got), err)
	}
}

func same(a, b spool.Entry) bool {
	return a.Seq == b.Seq && a.Hash == b.Hash && bytes.Equal(a.Payload, b.Payload)
}

// What stands in for a block, or for its dictionary, and cannot be read, is an error that
// names a record: for whoever verifies, whoever asks, and whoever delivers the same again.
func TestADamagedBlockIsSaid(t *testing.T) {
	sound := filepath.Join(t.TempDir(), "trail.db")
	s, err := sqlite.Open(t.Context(), sound)
	must(t, err)
	all := vary(t, s, 80, 20)
	must(t, s.Close())
	file, err := os.ReadFile(sound)
	must(t, err)
	last := trailtest.Batch(t, "region-1", all[60:])
	for name, damage := range map[string]string{
		"a bit":                   `UPDATE block SET bytes = CAST(substr(bytes, 1, 300) || CASE substr(bytes, 301, 1) WHEN x'ff' THEN x'00' ELSE x'ff' END || substr(bytes, 302) AS BLOB)`,
		"cut short":               `UPDATE block SET bytes = substr(bytes, 1, length(bytes) - 20)`,
		"empty":                   `UPDATE block SET bytes = x''`,
		"not a frame":             `UPDATE block SET bytes = zeroblob(400)`,
		"gone":                    `DELETE FROM block`,
		"as large as a disk":      `UPDATE block SET bytes = zeroblob(18000000) WHERE no = (SELECT max(no) FROM block)`,
		"a frame that never ends": `UPDATE block SET bytes = CAST(x'28b52ffde0ffffffffffffff7f' || substr(bytes, 20) AS BLOB)`,
		"unpacks to a gigabyte":   `UPDATE block SET bytes = unhex('28b52ffda000000040' || replace(hex(zeroblob(9000)), '00000000', '02001000'))`,
		"and does not say so":     `UPDATE block SET bytes = unhex('28b52ffd0058' || replace(hex(zeroblob(9000)), '00000000', '02001000'))`,
		"no dictionary":           `DELETE FROM dictionary; UPDATE block SET dictionary = 77`,
		"without its dictionary":  `UPDATE block SET dictionary = 0 WHERE dictionary > 0`,
		"another place":           `UPDATE record SET at = at + 100000000`,
		"a place before":          `UPDATE record SET at = -5`,
		"a length":                `UPDATE record SET length = 9223372036854775807`,
		"a length below":          `UPDATE record SET length = -1`,
	} {
		path := filepath.Join(t.TempDir(), "trail.db")
		must(t, os.WriteFile(path, file, 0o600))
		s, err := sqlite.Open(t.Context(), path)
		must(t, err)
		sqlite.Exec(t, s, damage)
		_, entries := s.Entries(t.Context(), "region-1", 0, 100)
		_, tail := s.Tail(t.Context(), audit.Scope{})
		again := s.Deliver(t.Context(), last)
		for _, err := range []error{entries, tail, again} {
			if err == nil || !strings.Contains(err.Error(), "record ") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if found, err := s.Count(t.Context(), audit.Scope{}, audit.Filter{}, audit.Overall); err != nil || found[0].Total != 80 {
			t.Errorf("%s: what needs no document: %v, %v", name, found, err)
		}
		must(t, s.Close())
	}
}

// What nobody of us wrote reads the file: the sqlite3 shell finds it sound and the view
// useful, and the zstd command unpacks a block, with its dictionary, to the documents.
func TestOtherProgramsReadTheFile(t *testing.T) {
	for _, program := range []string{"sqlite3", "zstd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed (Debian's package of that name)", program)
		}
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "trail.db")
	s, err := sqlite.Open(t.Context(), path)
	must(t, err)
	all := vary(t, s, 300, 75)
	shell := func(query string) string {
		t.Helper()
		return run(t, dir, "sqlite3", "-readonly", path, query)
	}
	if ok := shell(`PRAGMA integrity_check`); ok != "ok" {
		t.Error(ok)
	}
	var r audit.Record
	must(t, json.Unmarshal(all[199].Payload, &r))
	got := shell(`SELECT id, outcome, action, user_id, user_org, source, trace_id, patient FROM trail WHERE seq = 200`)
	if want := strings.Join([]string{r.ID, string(r.Outcome), r.Action, r.UserID, r.UserOrg, r.Source, r.TraceID, r.PatientHMAC[:32]}, "|"); got != want {
		t.Errorf("the view: %q, want %q", got, want)
	}
	read := map[string]int{}
	for _, e := range all {
		if e.Seq > 40 && e.Seq%20 > 0 {
			continue
		}
		where := ` FROM record r JOIN block b ON b.no = r.block LEFT JOIN dictionary d ON d.no = b.dictionary WHERE r.key & 0xFFFFFFFFFFFF = ` + strconv.FormatUint(e.Seq, 10)
		place := strings.Split(shell(`SELECT r.at, r.length, r.block, b.dictionary, writefile('block.zst', b.bytes), writefile('dictionary', d.bytes)`+where), "|")
		at, _ := strconv.Atoi(place[0])
		length, _ := strconv.Atoi(place[1])
		unpack := []string{"-d", "-q", "-c", "block.zst"}
		if place[3] != "0" {
			unpack = append(unpack, "-D", "dictionary")
		}
		read[place[3]]++
		text := run(t, dir, "zstd", unpack...)
		if len(text) < at+length || text[at:at+length] != string(e.Payload) {
			t.Fatalf("record %d is not what was linked", e.Seq)
		}
	}
	if len(read) < 2 {
		t.Errorf("dictionaries and records read: %v", read)
	}
	must(t, s.Close())
}

func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, complaint.String())
	}
	return strings.TrimSuffix(out.String(), "\n")
}
