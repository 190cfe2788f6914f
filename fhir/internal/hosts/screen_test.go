package hosts

import (
	"strings"
	"testing"
)

// FuzzWithin: the one look finds what looking for each name by itself finds, and for whatever bases were
// taken up before.
func FuzzWithin(f *testing.F) {
	for _, base := range []string{"http://127.0.0.1:8080/fhir", "https://fhir.hospital.example/R4", "http://[2001:db8::1]/fhir", "http://hapi/fhir", "http://h/fhir", "http://10.0.0.7", "http://other.example"} {
		for _, text := range []string{"", "7", "see http://0X7F.1/x", "at 2130706433", "FHIR.Hospital.Example.", "2001:DB8::1", "hap hapi", "H", "10.7", "2020-01-01T10.0.0.7"} {
			f.Add(base, "http://other.example", text)
			f.Add("http://other.example", base, text)
		}
	}
	var kept Hosts
	f.Fuzz(func(t *testing.T, base, another, text string) {
		kept.Reset()
		kept.Take(base)
		kept.Take(another)
		var fresh Hosts
		fresh.Take(base)
		fresh.Take(another)
		for i := range max(len(fresh.all), len(kept.all)) { // what is kept of earlier bases changes nothing
			if fresh.all[i].host != kept.all[i].host {
				t.Fatalf("%q and %q: %q after others, %q alone", base, another, kept.all[i].host, fresh.all[i].host)
			}
		}
		for range 2 {
			want := false
			for i := range kept.all {
				want = want || kept.all[i].find([]byte(text), 0) >= 0
			}
			if got := kept.any.within(kept.all, []byte(text)); got != want {
				t.Fatalf("%q and %q in %q: %v, one by one %v", base, another, text, got, want)
			}
			text += strings.ToUpper(base)
		}
	})
}

// What is all ASCII holds none of the signs that are looked for one by one elsewhere.
func FuzzASCII(f *testing.F) {
	for _, text := range []string{"", "plain", "%2e", "full\uff0ewidth", "soft\u00adhyphen", "\u200b", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ascii := strings.IndexFunc(text, func(r rune) bool { return r > 0x7f }) < 0
		if ascii && strange([]byte(text)) {
			t.Errorf("%q", text)
		}
	})
}

func BenchmarkWithin(b *testing.B) {
	text := []byte(strings.Repeat(`{"resourceType":"Observation","id":"o1","valueQuantity":{"value":4.50,"unit":"mmol/L"},"effectiveDateTime":"2020-01-01"}`, 400))
	for _, base := range []string{"http://127.0.0.1:8080/fhir", "https://fhir.hospital.example/R4"} {
		b.Run(base, func(b *testing.B) {
			var h Hosts
			h.Take(base)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if h.Within(text, true) {
					b.Fatal("found")
				}
			}
		})
	}
}
