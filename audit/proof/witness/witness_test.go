package witness_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/proof/witness"
	"github.com/mycarerecord/mcr/audit/spool"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "mcr.example/wend-1"

func key(of byte) *signed.Key { return signed.NewKey([]byte(strings.Repeat(string(of), 32))) }

func verifier(t testing.TB, vkey string) *signed.Verifier {
	t.Helper()
	v, err := signed.ParseVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// site is a log and a witness of it.
type site struct {
	t      testing.TB
	log    *merkle.Log
	folder string
	url    string
	client *witness.Client
	stop   func()
}

func newSite(t testing.TB) *site {
	t.Helper()
	l, err := merkle.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &site{t: t, log: l, folder: filepath.Join(t.TempDir(), "witness")}
	s.start()
	s.grow(1000)
	return s
}

// start starts the witness, again with what it has kept.
func (s *site) start() {
	s.t.Helper()
	if s.stop != nil {
		s.stop()
	}
	w, err := witness.New(witness.Options{
		Name: "witness.example", Key: key('w'), Folder: s.folder, Logs: []*signed.Verifier{verifier(s.t, key('l').LogVerifier(origin))},
		Clock: func() time.Time { return time.Unix(1_770_000_000, 0) }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	server := httptest.NewServer(w)
	s.stop = sync.OnceFunc(func() {
		server.Close()
		if err := w.Close(); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(s.stop)
	s.url = server.URL
	s.client = witness.NewClient(policy.Witness{
		Name: "ours", Verifier: verifier(s.t, key('w').WitnessVerifier("witness.example")), URL: s.url,
	}, server.Client())
}

func (s *site) grow(n int) {
	s.t.Helper()
	for range n {
		size, _ := s.log.Appended()
		if err := s.log.Append(uint64(size+1), sha256.Sum256(fmt.Append(nil, size))); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := s.log.Sync(); err != nil {
		s.t.Fatal(err)
	}
}

// at gives the checkpoint of a size, signed.
func (s *site) at(size int64) (signed.Checkpoint, []byte) {
	s.t.Helper()
	root, err := s.log.Root(size)
	if err != nil {
		s.t.Fatal(err)
	}
	c := signed.Checkpoint{Origin: origin, Size: size, Root: root}
	return c, s.sign(c)
}

func (s *site) sign(c signed.Checkpoint) []byte {
	s.t.Helper()
	raw, err := c.Sign(key('l'))
	if err != nil {
		s.t.Fatal(err)
	}
	return raw
}

// cosign asks the client for a cosignature of the log at a size.
func (s *site) cosign(size int64) (string, error) {
	c, raw := s.at(size)
	return s.client.Cosign(context.Background(), c, raw, func(older int64) (tlog.TreeProof, error) {
		return s.log.ProveGrowth(older, tlog.Tree{N: c.Size, Hash: c.Root})
	})
}

// post sends a body as it is.
func (s *site) post(body string) (status int, kind, said string) {
	s.t.Helper()
	resp, err := http.Post(s.url+"/add-checkpoint", "text/plain", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(text)
}

func TestALogThatOnlyGrowsIsCosigned(t *testing.T) {
	s := newSite(t)
	for _, size := range []int64{0, 1, 1, 255, 256, 700, 700, 1000} {
		line, err := s.cosign(size)
		if err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		c, raw := s.at(size)
		p, err := policy.Parse([]byte("log " + key('l').LogVerifier(origin) + "\nwitness w " + key('w').WitnessVerifier("witness.example") + "\nquorum w\n"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Judge(raw); !errors.Is(err, policy.ErrNotGood) {
			t.Errorf("without a cosignature: %v", err)
		}
		v, err := p.Judge(witness.AddSignature(raw, line))
		if err != nil || v.Checkpoint.Root != c.Root || len(v.Cosignatures) != 1 || v.Cosignatures[0].At.Unix() != 1_770_000_000 {
			t.Fatalf("size %d: %+v, %v", size, v, err)
		}
	}
	s.start() // the client knows nothing now, and the witness all
	if _, err := s.cosign(1000); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestAWitnessRefusesWhatContradictsWhatItSaw(t *testing.T) {
	s := newSite(t)
	if _, err := s.cosign(700); err != nil {
		t.Fatal(err)
	}
	s.start()
	if _, err := s.cosign(500); !errors.Is(err, witness.ErrContradiction) || !strings.Contains(err.Error(), "rolled back") {
		t.Errorf("rolled back: %v", err)
	}
	// Another log under the same name and key: one record was another one.
	other, err := merkle.Create(filepath.Join(t.TempDir(), "fork"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for i := range 1000 {
		e := sha256.Sum256(fmt.Append(nil, int64(i)))
		if i == 300 {
			e[0] ^= 1
		}
		if err := other.Append(uint64(i+1), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := other.Sync(); err != nil {
		t.Fatal(err)
	}
	s.log = other
	for _, size := range []int64{700, 1000} {
		if _, err := s.cosign(size); !errors.Is(err, witness.ErrContradiction) || !strings.Contains(err.Error(), "forked") {
			t.Errorf("forked, at %d: %v", size, err)
		}
	}
	kept, err := filepath.Glob(filepath.Join(s.folder, "*.contradicts"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("what shows that the log forked was not kept: %v, %v", kept, err)
	}
	raw, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	if c, _, err := signed.Open(raw, verifier(t, key('l').LogVerifier(origin))); err != nil || c.Size != 700 {
		t.Errorf("evidence: %+v, %v", c, err)
	}
}

// The status codes are those of c2sp.org/tlog-witness.
func TestEachRefusalHasItsStatus(t *testing.T) {
	s := newSite(t)
	if _, err := s.cosign(500); err != nil {
		t.Fatal(err)
	}
	c700, raw700 := s.at(700)
	proof, err := s.log.ProveGrowth(500, tlog.Tree{N: 700, Hash: c700.Root})
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, h := range proof {
		fmt.Fprintf(&lines, "%s\n", h)
	}
	_, raw400 := s.at(400)
	foreign, err := signed.Checkpoint{Origin: origin, Size: 700, Root: c700.Root}.Sign(key('x'))
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := signed.Checkpoint{Origin: "elsewhere.example/log", Size: 700, Root: c700.Root}.Sign(key('l'))
	if err != nil {
		t.Fatal(err)
	}
	fork := c700
	fork.Root[0] ^= 1
	same, _ := s.at(500)
	same.Root[0] ^= 1
	none := signed.Checkpoint{Origin: origin}
	for _, c := range []struct {
		name, body string
		status     int
		said       string
	}{
		{"not a request", "hello", 400, ""},
		{"a size in another spelling", "old 0500\n" + lines.String() + "\n" + string(raw700), 400, ""},
		{"too many hashes", "old 500\n" + strings.Repeat(proof[0].String()+"\n", 64) + "\n" + string(raw700), 400, ""},
		{"unknown log", "old 0\n\n" + string(unknown), 404, ""},
		{"another key", "old 500\n" + lines.String() + "\n" + string(foreign), 403, ""},
		{"no signature", "old 500\n" + lines.String() + "\n" + c700.Text(), 403, ""},
		{"old above new", "old 500\n\n" + string(raw400), 400, ""},
		{"another old size", "old 400\n" + lines.String() + "\n" + string(raw700), 409, "500\n"},
		{"rolled back", "old 400\n\n" + string(raw400), 409, "500\n"},
		{"no proof", "old 500\n\n" + string(raw700), 422, ""},
		{"another root", "old 500\n" + lines.String() + "\n" + string(s.sign(fork)), 422, ""},
		{"another root of the same size", "old 500\n\n" + string(s.sign(same)), 422, ""},
		{"an empty tree with a root", "old 0\n\n" + string(s.sign(none)), 409, "500\n"},
	} {
		status, kind, said := s.post(c.body)
		if status != c.status || c.said != "" && (said != c.said || kind != "text/x.tlog.size") {
			t.Errorf("%s: %d %s %q, want %d %q", c.name, status, kind, said, c.status, c.said)
		}
	}
	if status, _, said := s.post("old 500\n" + lines.String() + "\n" + string(raw700)); status != 200 || !strings.HasPrefix(said, "— witness.example ") {
		t.Errorf("the right one: %d %q", status, said)
	}
}

// Two that ask at once: one is cosigned, the other is told the new size. Never are both
// branches of a fork.
func TestOfTwoBranchesAtOnceOneIsCosigned(t *testing.T) {
	s := newSite(t)
	var wait sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		c, _ := s.at(900)
		c.Root[0] ^= byte(i)
		body := "old 0\n\n" + string(s.sign(c))
		wait.Go(func() { statuses[i], _, _ = s.post(body) })
	}
	wait.Wait()
	good := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			good++
		} else if status != http.StatusConflict {
			t.Errorf("status %d", status)
		}
	}
	if good != 1 {
		t.Errorf("%d branches were cosigned", good)
	}
}

func TestAWitnessThatForgotDoesNotSign(t *testing.T) {
	s := newSite(t)
	if _, err := s.cosign(500); err != nil {
		t.Fatal(err)
	}
	kept, _ := filepath.Glob(filepath.Join(s.folder, "????????*"))
	if len(kept) != 1 {
		t.Fatal(kept)
	}
	if err := os.Truncate(kept[0], 10); err != nil {
		t.Fatal(err)
	}
	if _, err := s.cosign(700); !errors.Is(err, witness.ErrAway) {
		t.Errorf("got %v", err)
	}
	s.stop()
	if _, err := witness.New(witness.Options{
		Name: "w", Key: key('w'), Folder: s.folder, Logs: []*signed.Verifier{verifier(t, key('l').LogVerifier(origin))},
	}); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("it started with damaged files: %v", err)
	}
}

func TestOneFolderHasOneWitness(t *testing.T) {
	s := newSite(t)
	if _, err := witness.New(witness.Options{
		Name: "w", Key: key('w'), Folder: s.folder, Logs: []*signed.Verifier{verifier(t, key('l').LogVerifier(origin))},
	}); !errors.Is(err, spool.ErrLocked) {
		t.Errorf("a second one: %v", err)
	}
}

func TestWhatIsNoCosignatureIsNotTaken(t *testing.T) {
	s := newSite(t)
	c, raw := s.at(10)
	line, err := key('x').Cosign("witness.example", c.Text(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]string{"another key": line, "nothing": "", "words": "yes\n"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, answer) }))
		defer server.Close()
		client := witness.NewClient(policy.Witness{Name: "w", Verifier: verifier(t, key('w').WitnessVerifier("witness.example")), URL: server.URL}, server.Client())
		if _, err := client.Cosign(context.Background(), c, raw, func(int64) (tlog.TreeProof, error) { return nil, nil }); !errors.Is(err, witness.ErrAway) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
