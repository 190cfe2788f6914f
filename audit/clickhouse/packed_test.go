package clickhouse

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// filled makes the block of n records of a busy day.
func filled(t testing.TB, n int) (*block, audit.Batch) {
	region := trailtest.NewVaried("westvale", 1)
	records := make([]*audit.Record, n)
	for i := range records {
		records[i] = region.Next()
	}
	b := trailtest.Batch(t, "westvale", trailtest.Chain(records...))
	k := new(block)
	k.fill(b, time.Unix(0, 0))
	return k, b
}

// A record of ours is packed to a good part less, and nothing of it is kept whole.
func TestRecordsArePacked(t *testing.T) {
	k, b := filled(t, 500)
	documents := 0
	for i, packed := range k.packedTexts {
		documents += len(b.Entries[i].Payload)
		if packed[0] == whole {
			t.Errorf("record %d is kept whole", i)
		}
		for _, text := range []string{k.texts[textSalt][i], k.texts[textPatient][i], k.texts[textID][i], k.texts[textSpent][i]} {
			if strings.Contains(packed, text) {
				t.Errorf("record %d holds %q still", i, text)
			}
		}
	}
	if len(k.packed)*10 > documents*8 {
		t.Errorf("%d bytes of documents are %d packed", documents, len(k.packed))
	}
}

// The marks of the program and of the migration are one list.
func TestMarksAreThoseOfTheMigration(t *testing.T) {
	text, err := os.ReadFile("migrations/004_packed.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, alias, _ := strings.Cut(string(text), "document String ALIAS")
	names := map[int]string{markTimeIn: "replaceOne(toString(time_in), ' ', 'T')", markTimeOut: "replaceOne(toString(time_out), ' ', 'T')", markSpent: `concat('{"parse":'`,
		markSeconds: "toString(intDiv(toUnixTimestamp64Micro(time_in), 1000000))", markReleased: "toString(bytes_released)"}
	for _, c := range columns {
		if c.mark != 0 && c.mark != markSpent {
			names[c.mark] = c.name + ")"
		}
	}
	if n := strings.Count(alias, "replaceAll("); n != marks-1 || len(names) != marks-1 {
		t.Errorf("%d marks in the migration, %d here, %d with a column", n, marks-1, len(names))
	}
	for mark, name := range names {
		if want := fmt.Sprintf("'\\x%02X', %s", mark, name); !strings.Contains(alias, want) {
			t.Errorf("the migration has no %s", want)
		}
	}
}

// Whatever a document is, it comes back byte for byte.
func FuzzPack(f *testing.F) {
	k, b := filled(f, 20)
	for i := range b.Entries {
		f.Add(b.Entries[i].Payload, []byte(k.texts[textUserID][i]))
	}
	f.Add([]byte(`{"id":"\u0001","user_id":"\\"}`), []byte(`\`))
	f.Add([]byte("\x00\x01\x02"), []byte("\x01"))
	f.Add([]byte(`{"released_resources":`), []byte(""))
	f.Fuzz(func(t *testing.T, document, value []byte) {
		c, _ := audit.ReadColumns(document)
		k := new(block)
		k.fill(audit.Batch{Broker: "b", Entries: []spool.Entry{{Seq: 1, Payload: document}}, Columns: []audit.Columns{c}}, time.Unix(0, 0))
		var v values
		for i, col := range columns {
			v[col.mark] = []byte(k.texts[i][0])
		}
		v[0] = nil
		v[markTimeIn], v[markTimeOut] = k.in[0].AppendFormat(nil, markedTime), k.out[0].AppendFormat(nil, markedTime)
		v[markSeconds], v[markReleased] = fmt.Append(nil, k.in[0].Unix()), fmt.Append(nil, k.released[0])
		back(t, document, []byte(k.packedTexts[0]), &v)
		var few values
		few[markUserID], few[markResources] = value, value
		back(t, document, pack(nil, document, &few), &few)
	})
}

// back puts a document together again as the ALIAS does: one mark after the other.
func back(t *testing.T, document, packed []byte, v *values) {
	t.Helper()
	got := packed
	if len(packed) > 0 && packed[0] == whole {
		got = packed[1:]
	} else {
		for mark := 1; mark < marks; mark++ {
			got = bytes.ReplaceAll(got, []byte{byte(mark)}, v[mark])
		}
	}
	if !bytes.Equal(got, document) {
		t.Errorf("%q came back as %q", document, got)
	}
}

// What packing costs the broker.
func BenchmarkFill(b *testing.B) {
	k, batch := filled(b, 5000)
	b.ReportAllocs()
	for b.Loop() {
		k.fill(batch, time.Unix(0, 0))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch.Entries)), "ns/row")
}
