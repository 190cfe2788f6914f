package record_test

import (
	"net/http"
	"testing"
)

// BenchmarkWholePage2000 is the longest record as one page, brokers' time aside.
func BenchmarkWholePage2000(b *testing.B) {
	parts, who := long(b, 2000)
	s := console(b, &brokers{parts: parts}, anna(who))
	b.ReportAllocs()
	for b.Loop() {
		response, err := http.Get(s.URL + "/console/patients/r1/record?whole=1")
		if err != nil {
			b.Fatal(err)
		}
		n, err := response.Body.Read(make([]byte, 1))
		if err != nil || n != 1 || response.StatusCode != 200 {
			b.Fatal(n, err, response.StatusCode)
		}
		response.Body.Close()
	}
}
