package page_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/console/page"
)

// served is a console of one answer. The client is Go's own, which unpacks nothing by
// itself once it is told what to accept.
func served(t *testing.T, answer http.HandlerFunc) func(headers ...string) *http.Response {
	t.Helper()
	s := httptest.NewServer(page.Guard(answer))
	t.Cleanup(s.Close)
	return func(headers ...string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip, br")
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}
}

func body(t *testing.T, resp *http.Response) string {
	t.Helper()
	from := io.Reader(resp.Body)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		from = unpacked
	}
	text, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What another site can make a browser ask for is never packed: the length of it would
// tell of what else stands on the page.
func TestAPageIsPackedForNobodyElsesRequest(t *testing.T) {
	text := strings.Repeat("A page of a record. ", 1000)
	get := served(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Length", "20000")
		_, _ = io.WriteString(w, text)
	})
	for from, packed := range map[string]bool{"same-origin": true, "none": true, "same-site": false, "cross-site": false, "": false, "Same-Origin": false} {
		var headers []string
		if from != "" {
			headers = []string{"Sec-Fetch-Site", from}
		}
		resp := get(headers...)
		if got := resp.Header.Get("Content-Encoding") == "gzip"; got != packed || body(t, resp) != text {
			t.Errorf("from %q: packed %v, want %v", from, got, packed)
		}
		if diff := cmp.Diff([]string{"no-store", "no-transform"}, resp.Header.Values("Cache-Control")); diff != "" {
			t.Errorf("from %q: Cache-Control (-want +got):\n%s", from, diff)
		}
		if resp.Header.Get("Vary") != "Accept-Encoding, Sec-Fetch-Site" {
			t.Errorf("from %q: Vary %q", from, resp.Header.Get("Vary"))
		}
		if packed == (resp.ContentLength == 20000) {
			t.Errorf("from %q: packed %v and a length of %d", from, packed, resp.ContentLength)
		}
	}
	if resp := get("Sec-Fetch-Site", "same-origin", "Accept-Encoding", "br, gzip;q=0"); resp.Header.Get("Content-Encoding") != "" || body(t, resp) != text {
		t.Errorf("packed with %s for who does not take it", resp.Header.Get("Content-Encoding"))
	}
}

func TestWhatIsNotPacked(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a document": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = w.Write(make([]byte, 5000))
		},
		"what is short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "short")
		},
		"what may be kept": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Cache-Control", "public, immutable")
			_, _ = w.Write(make([]byte, 5000))
		},
		"nothing": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNoContent)
		},
	} {
		resp := served(t, answer)("Sec-Fetch-Site", "same-origin")
		if coded := resp.Header.Get("Content-Encoding"); coded != "" {
			t.Errorf("%s is packed with %s", name, coded)
		}
		if kept := strings.Contains(resp.Header.Get("Cache-Control"), "public"); kept == strings.Contains(strings.Join(resp.Header.Values("Cache-Control"), ","), "no-transform") {
			t.Errorf("%s: Cache-Control %q", name, resp.Header.Values("Cache-Control"))
		}
	}
}

// Each event of a stream can be read when it was sent, though the stream goes on.
func TestAStreamIsPackedEventByEvent(t *testing.T) {
	next, done := make(chan struct{}), make(chan struct{})
	get := served(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range 3 {
			_ = page.Send(w, []byte("event: one\n"))
			<-next
		}
		close(done)
	})
	resp := get("Sec-Fetch-Site", "same-origin")
	if resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatal("it is not packed")
	}
	unpacked, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(unpacked)
	for range 3 {
		if line, err := lines.ReadString('\n'); line != "event: one\n" {
			t.Fatalf("got %q, %v", line, err)
		}
		next <- struct{}{}
	}
	<-done
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("it ends with %q, %v", rest, err)
	}
}

// What broke off does not look whole: gzip's end is missing too.
func TestAPackedAnswerThatBreaksOff(t *testing.T) {
	get := served(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_ = page.Send(w, []byte(strings.Repeat("half ", 1000)))
		panic(http.ErrAbortHandler)
	})
	resp := get("Sec-Fetch-Site", "same-origin")
	unpacked, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(unpacked); err == nil {
		t.Error("it looks whole")
	}
}
