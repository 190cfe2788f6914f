package assets

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/console/coding"
)

// built skips a test where `make assets` has not run: CI runs it before these tests
// run with the others that need what it made.
func built(t *testing.T) string {
	t.Helper()
	if !Built() {
		t.Skip("built without assets: run `make assets`")
	}
	mux := http.NewServeMux()
	mux.Handle("GET /console/assets/{file}", Handler())
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL + "/console/assets/"
}

// client is Go's own, which neither asks for a coding by itself nor unpacks one.
var client = &http.Client{Transport: &http.Transport{DisableCompression: true}}

// ask gives an answer and the bytes of it.
func ask(t *testing.T, method, address string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, text
}

func TestAssetsAreSentAsTheClientLikes(t *testing.T) {
	at := built(t)
	for _, of := range []string{Style, Script} {
		plain := files[Name(of)].coded[coding.Identity].bytes
		tags := map[string]string{}
		for accept, want := range map[string]string{"": "", "gzip, deflate, br, zstd": "br", "gzip": "gzip", "br;q=0.1, gzip;q=0.2": "gzip", "br, identity;q=0": "br", "zstd": ""} {
			resp, text := ask(t, http.MethodGet, at+Name(of), "Accept-Encoding", accept)
			h := resp.Header
			if resp.StatusCode != http.StatusOK || h.Get("Content-Encoding") != want || h.Get("Vary") != "Accept-Encoding" ||
				h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("X-Content-Type-Options") != "nosniff" ||
				resp.ContentLength != int64(len(text)) {
				t.Errorf("%s, %q: %d %v", of, accept, resp.StatusCode, h)
			}
			switch want {
			case "":
				if !bytes.Equal(text, plain) {
					t.Errorf("%s, %q: other bytes", of, accept)
				}
			case "gzip":
				unpacked, err := gzip.NewReader(bytes.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(unpacked); err != nil || !bytes.Equal(got, plain) {
					t.Errorf("%s, %q: other bytes, %v", of, accept, err)
				}
			}
			if other, twice := tags[h.Get("ETag")]; twice && other != want {
				t.Errorf("%s: one ETag for %q and %q", of, other, want)
			}
			tags[h.Get("ETag")] = want
			again, _ := ask(t, http.MethodGet, at+Name(of), "Accept-Encoding", accept, "If-None-Match", h.Get("ETag"))
			if again.StatusCode != http.StatusNotModified || again.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s, %q, asked again: %d %v", of, accept, again.StatusCode, again.Header)
			}
			head, none := ask(t, http.MethodHead, at+Name(of), "Accept-Encoding", accept)
			if head.StatusCode != http.StatusOK || len(none) != 0 || head.ContentLength != int64(len(text)) || head.Header.Get("ETag") != h.Get("ETag") {
				t.Errorf("%s, %q: HEAD is answered %d %v", of, accept, head.StatusCode, head.Header)
			}
		}
		if len(tags) != 3 {
			t.Errorf("%s: %d ETags for three codings", of, len(tags))
		}
	}
}

func TestAssetsInPartAndNotAtAll(t *testing.T) {
	at := built(t)
	whole := files[Name(Style)].coded
	if resp, text := ask(t, http.MethodGet, at+Name(Style), "Range", "bytes=0-9", "Accept-Encoding", "identity"); resp.StatusCode != http.StatusPartialContent || len(text) != 10 {
		t.Errorf("a range of what is not coded: %d, %d bytes", resp.StatusCode, len(text))
	}
	if resp, text := ask(t, http.MethodGet, at+Name(Style), "Range", "bytes=0-9", "Accept-Encoding", "br"); resp.StatusCode != http.StatusOK || len(text) != len(whole[coding.Brotli].bytes) {
		t.Errorf("a range of what is coded: %d, %d bytes", resp.StatusCode, len(text))
	}
	if resp, _ := ask(t, http.MethodGet, at+Name(Style), "Accept-Encoding", "zstd, identity;q=0"); resp.StatusCode != http.StatusNotAcceptable || resp.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("who takes nothing: %d %v", resp.StatusCode, resp.Header)
	}
	for _, name := range []string{Style, Script, "names.json", Name(Style) + ".br", "console.AAAAAAAA.css", ".gitkeep", "..%2fassets.go"} {
		if resp, _ := ask(t, http.MethodGet, at+name, "Accept-Encoding", "br"); resp.StatusCode != http.StatusNotFound || resp.Header.Get("Cache-Control") != "" {
			t.Errorf("%s: %d %v", name, resp.StatusCode, resp.Header)
		}
	}
}

// A judge of others: curl unpacks what it is sent.
func TestCurlReadsTheAssets(t *testing.T) {
	at := built(t)
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	for name, of := range files {
		got, err := exec.CommandContext(t.Context(), curl, "-sS", "--fail", "--compressed", at+name).Output()
		if err != nil || !bytes.Equal(got, of.coded[coding.Identity].bytes) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
}

// What a browser waits for before it paints, and what it then fetches, stays small.
func TestAssetsStaySmall(t *testing.T) {
	built(t)
	for of, most := range map[string]int{Style: 26 << 10, Script: 12 << 10} {
		coded := files[Name(of)].coded
		if n := len(coded[coding.Brotli].bytes); n > most {
			t.Errorf("%s: %d bytes with br, more than %d", of, n, most)
		}
		if len(coded[coding.Brotli].bytes) >= len(coded[coding.Gzip].bytes) || len(coded[coding.Gzip].bytes) >= len(coded[coding.Identity].bytes)/2 {
			t.Errorf("%s is not well packed", of)
		}
	}
	if text := files[Name(Script)].coded[coding.Identity].bytes; bytes.Contains(text, []byte("uplot")) {
		t.Error("the plotting library is in the script that every page has")
	}
}

var (
	classes = regexp.MustCompile(`class="([^"]*)"`)
	ours    = regexp.MustCompile(`^nhsuk-[a-z0-9_-]+$`)
)

// Of the design system only what the templates use is in the style sheet: what they
// begin to use must be added to src/console.scss.
func TestEveryClassOfATemplateHasItsStyle(t *testing.T) {
	built(t)
	css := string(files[Name(Style)].coded[coding.Identity].bytes)
	seen := 0
	pages, err := filepath.Glob("../*/templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	own, err := filepath.Glob("../templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, own...) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range classes.FindAllStringSubmatch(string(text), -1) {
			for class := range strings.FieldsSeq(found[1]) {
				block, _, _ := strings.Cut(class, "__")
				block, _, _ = strings.Cut(block, "--")
				if !ours.MatchString(class) || block == "nhsuk-template" { // a name alone

					continue
				}
				seen++
				if !strings.Contains(css, "."+block) {
					t.Errorf("%s: %s has no style: add its component to src/console.scss", page, class)
				}
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d classes were found: the test looks in the wrong place", seen)
	}
}
