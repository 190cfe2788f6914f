package clickhouse

import (
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
	forms := map[string]bool{}
	for _, form := range k.texts[textForm] {
		forms[form] = true
	}
	if len(forms) > len(k.packedTexts)/2 {
		t.Errorf("%d documents have %d forms", len(k.packedTexts), len(forms))
	}
	if len(k.packed)*10 > documents {
		t.Errorf("%d bytes of documents are %d packed", documents, len(k.packed))
	}
}

// The marks of the program and of the migration are one list.
func TestMarksAreThoseOfTheMigration(t *testing.T) {
	text, err := os.ReadFile("migrations/009_visits.sql")
	if err != nil {
		t.Fatal(err)
	}
	_, alias, _ := strings.Cut(string(text), "document String ALIAS")
	names := map[int]string{markTimeIn: "replaceOne(toString(time_in), ' ', 'T')", markTimeOut: "replaceOne(toString(time_out), ' ', 'T')", markSpent: `concat('{"parse":'`,
		markSeconds: "toString(intDiv(toUnixTimestamp64Micro(time_in), 1000000))", markReleased: "toString(bytes_released)", markBroker: "broker)", markFacts: "facts)"}
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
	if !strings.Contains(alias, fmt.Sprintf(`splitByChar('\x%02X', packed)`, markNext)) {
		t.Error("the migration does not know markNext")
	}
}

// Whatever a document is, it comes back byte for byte.
func FuzzPack(f *testing.F) {
	k, b := filled(f, 20)
	for i := range b.Entries {
		f.Add(b.Entries[i].Payload, k.texts[textUserID][i])
	}
	f.Add([]byte(`{"id":"\u0001","user_id":"\\"}`), `\`)
	f.Add([]byte("\x00\x01\x02"), "\x01")
	f.Add([]byte(`{"released_resources":`), "")
	f.Add([]byte(`{"input":{"facts":1,"facts":2,"time":3,"source":{"id":"a","id":"b"}},"input":{"facts":3}}`), "b")
	f.Fuzz(func(t *testing.T, document []byte, value string) {
		c, _ := audit.ReadColumns(document)
		for _, c := range []audit.Columns{c, {ID: value, UserID: value, Source: value}} {
			k := new(block)
			k.fill(audit.Batch{Broker: "b", Entries: []spool.Entry{{Seq: 1, Payload: document}}, Columns: []audit.Columns{c}}, time.Unix(0, 0))
			if got := k.back(0); got != string(document) {
				t.Errorf("%q came back as %q", document, got)
			}
		}
	})
}

// back puts the document of a row together again as the ALIAS does: the values that are its
// own first, then one mark after the other.
func (k *block) back(row int) string {
	packed := k.packedTexts[row]
	if strings.HasPrefix(packed, "\x00") {
		return packed[1:]
	}
	form, own := strings.Split(k.texts[textForm][row], "\x1f"), strings.Split(packed, "\x1f")
	if len(form) != len(own) {
		return fmt.Sprintf("%d values for %d", len(own), len(form))
	}
	var text strings.Builder
	for i := range form {
		text.WriteString(form[i] + own[i])
	}
	var v [marks]string
	for i, c := range columns {
		v[c.mark] = k.texts[i][row]
	}
	v[markTimeIn], v[markTimeOut] = k.in[row].Format(markedTime), k.out[row].Format(markedTime)
	v[markSeconds], v[markReleased] = fmt.Sprint(k.in[row].Unix()), fmt.Sprint(k.released[row])
	v[markBroker], v[markFacts] = k.broker[row], k.texts[textFacts][row]
	got := text.String()
	for mark := 1; mark < marks; mark++ {
		got = strings.ReplaceAll(got, string(rune(mark)), v[mark])
	}
	return got
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
