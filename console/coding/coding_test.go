package coding

import (
	"net/http"
	"testing"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		accept []string
		want   string // "": none
	}{
		{nil, Identity},
		{[]string{""}, Identity},
		{[]string{"gzip, deflate, br, zstd"}, Brotli}, // Chromium, Firefox
		{[]string{"gzip, deflate"}, Gzip},             // over http
		{[]string{"br;q=0.5, gzip"}, Gzip},
		{[]string{"br;q=0.5, gzip;q=0.5"}, Brotli},
		{[]string{"identity, gzip;q=0.9"}, Identity},
		{[]string{"identity;q=0.5, gzip;q=0.001"}, Identity},
		{[]string{"gzip;q=0.001"}, Gzip}, // identity was not named
		{[]string{"gzip;q=0"}, Identity},
		{[]string{"*"}, Brotli},
		{[]string{"*;q=0"}, ""},
		{[]string{"identity;q=0"}, ""},
		{[]string{"identity;q=0, gzip"}, Gzip},
		{[]string{"identity;q=0, *;q=0.1"}, Brotli},
		{[]string{"br;q=0, *;q=0.1"}, Gzip},
		{[]string{"*;q=0, identity;q=0.2"}, Identity},
		{[]string{"compress", "x-gzip"}, Gzip}, // two lines are one list
		{[]string{"GZIP ;\tQ=1.000"}, Gzip},
		{[]string{"gzip;q=1, gzip;q=0"}, Identity},
		{[]string{",, br ,"}, Brotli},
		{[]string{"br;q=1.001, gzip;q=2"}, Identity},
		{[]string{"br;q=0.1234, gzip;q=-1"}, Identity},
		{[]string{"br;level=4, gzip;q="}, Identity},
		{[]string{"brotli, gz"}, Identity},
	} {
		h := http.Header{"Accept-Encoding": c.accept}
		if c.accept == nil {
			h = http.Header{}
		}
		got, ok := Choose(h, Brotli, Gzip, Identity)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q: got %q, %v; want %q", c.accept, got, ok, c.want)
		}
	}
}

func FuzzChoose(f *testing.F) {
	f.Add("gzip;q=0.5, *;q=0")
	f.Fuzz(func(t *testing.T, accept string) {
		for name, q := range weights(accept) {
			if name == "" || !(q >= 0 && q <= 1) {
				t.Errorf("%q: %q weighs %v", accept, name, q)
			}
		}
		got, ok := Choose(http.Header{"Accept-Encoding": {accept}}, Brotli, Gzip, Identity)
		if ok != (got != "") {
			t.Errorf("%q: %q, %v", accept, got, ok)
		}
	})
}
