package merkle_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"golang.org/x/mod/sumdb/note"
)

// A client that none of us wrote reads the log over HTTP: it verifies the checkpoint's
// signature, every tile against the root and every entry against its tile.
func TestTorchwoodReadsTheWholeLog(t *testing.T) {
	key := signed.NewKey(make([]byte, 32))
	origin := signed.Origin("mcr.example", "wend-1+20260302T120000Z", "RXA 1")
	for _, size := range []int{1, 255, 256, 257, 513, 66_000} {
		l, want := filled(t, filepath.Join(t.TempDir(), "log"), size)
		checkpoint, err := signed.Checkpoint{
			Origin: origin, Size: int64(size), Root: want.root(t, size), Tied: true, Chain: signed.Segment("wend-1+20260302T120000Z"), Head: signed.Link{Number: 9},
		}.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			l.Serve(w, r, strings.TrimPrefix(r.URL.Path, "/log/"), checkpoint, int64(size))
		}))
		defer server.Close()
		fetcher, err := torchwood.NewTileFetcher(server.URL + "/log")
		if err != nil {
			t.Fatal(err)
		}
		client, err := torchwood.NewClient(fetcher)
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		raw, err := fetcher.ReadEndpoint(ctx, "checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(key.LogVerifier(origin))
		if err != nil {
			t.Fatal(err)
		}
		n, err := note.Open(raw, note.VerifierList(verifier))
		if err != nil {
			t.Fatal(err)
		}
		c, err := torchwood.ParseCheckpoint(n.Text)
		if err != nil || c.Origin != origin || c.N != int64(size) {
			t.Fatalf("%+v, %v", c, err)
		}
		read := 0
		for i, got := range client.Entries(ctx, c.Tree, 0) {
			if want := entry(int(i)); string(got) != string(want[:]) {
				t.Fatalf("entry %d is another one", i)
			}
			read++
		}
		// The client leaves the last partial tile for later; it is read one by one.
		if err := client.Err(); err != nil || read < size/256*256 {
			t.Fatalf("size %d: read %d, %v", size, read, err)
		}
		for i := max(0, size-300); i < size; i += 50 {
			if _, _, err := client.Entry(ctx, c.Tree, int64(i)); err != nil {
				t.Errorf("size %d, entry %d: %v", size, i, err)
			}
		}
	}
}

func TestNothingBeyondTheCheckpointIsServed(t *testing.T) {
	l, _ := filled(t, filepath.Join(t.TempDir(), "log"), 600)
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		l.Serve(w, httptest.NewRequest(method, "/", nil), path, []byte("x"), 300)
		return w
	}
	for path, want := range map[string]int{
		"tile/0/000": 200, "tile/0/001.p/44": 200, "tile/0/001.p/43": 200, "tile/1/000.p/1": 200, "tile/entries/001.p/44": 200,
		"tile/0/001.p/45": 404, "tile/0/001": 404, "tile/0/002.p/1": 404, "tile/1/000.p/2": 404, "tile/2/000.p/1": 404,
		"tile/entries/001.p/45": 404, "tile/entries/002.p/1": 404, "tile/7/000.p/1": 404, "tile/63/000": 404, "tile/data/000": 404, "entries": 404, "": 404,
		"checkpoint": 200,
	} {
		if got := ask(http.MethodGet, path); got.Code != want {
			t.Errorf("%s: %d, want %d", path, got.Code, want)
		}
	}
	if got := ask(http.MethodPost, "checkpoint"); got.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", got.Code)
	}
	if got := ask(http.MethodHead, "tile/0/000"); got.Body.Len() != 0 || got.Header().Get("Content-Length") != "8192" {
		t.Errorf("HEAD: %d bytes, %v", got.Body.Len(), got.Header())
	}
}
