package follow_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/follow"
	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/proof/witness"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// site is a broker's data folder with its spool, store and logs.
type site struct {
	t     *testing.T
	data  string
	store *trailtest.Memory
	mark  audit.Mark
	opt   follow.Options
	spool *spool.Spool
	*follow.Follower
	written int
}

func newSite(t *testing.T) *site {
	return &site{
		t: t, data: t.TempDir(), store: new(trailtest.Memory), mark: audit.Mark{Broker: "wend-1"},
		opt: follow.Options{Origin: "mcr.example", Log: slog.New(slog.DiscardHandler)},
	}
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) openSpool() {
	s.t.Helper()
	var err error
	s.spool, err = spool.Open(filepath.Join(s.data, "spool"), spool.Options{MinFreeBytes: -1, SegmentBytes: 16 << 10})
	s.must(err)
}

// start opens the spool and follows it.
func (s *site) start() {
	s.t.Helper()
	s.openSpool()
	s.opt.Data = s.data
	s.Follower = follow.Begin(s.spool, s.store, s.mark, s.opt)
}

// stop ends everything, having delivered to the store what the spool holds.
func (s *site) stop() {
	s.t.Helper()
	if s.Follower != nil {
		s.must(s.Close())
	}
	s.deliver()
	s.must(s.spool.Close())
	s.Follower = nil
}

// abandon ends everything, and delivers nothing.
func (s *site) abandon() {
	s.t.Helper()
	s.must(s.Close())
	s.must(s.spool.Close())
}

// ran is a run of the broker, from start to stop, in which n records are written.
func (s *site) ran(n int) {
	s.t.Helper()
	s.start()
	s.write(n)
	s.stop()
}

// deliver carries everything to the store, and lets the spool go of it.
func (s *site) deliver() {
	s.t.Helper()
	after, _, err := s.store.Highest(context.Background(), s.mark.Broker)
	s.must(err)
	for {
		entries, err := s.spool.Read(after, 100)
		s.must(err)
		if len(entries) == 0 {
			return
		}
		columns := make([]audit.Columns, len(entries))
		for i := range entries {
			columns[i], err = audit.ReadColumns(entries[i].Payload)
			s.must(err)
		}
		s.must(s.store.Deliver(context.Background(), audit.Batch{Broker: s.mark.Broker, Entries: entries, Columns: columns}))
		after = entries[len(entries)-1].Seq
		s.must(s.spool.Ack(after))
	}
}

// organisations of the records, in turn; some are of none.
var organisations = []string{"A81001", "RXA", ""}

// write writes n records.
func (s *site) write(n int) {
	s.t.Helper()
	j := audit.NewJournal(s.spool, s.mark.Broker)
	for range n {
		r := trailtest.Records(s.mark.Broker, 1)[0]
		r.ID, r.SourceOrg = fmt.Sprintf("id-%06d", s.written), organisations[s.written%len(organisations)]
		s.written++
		s.must(j.Append(context.Background(), r))
	}
}

// get asks the logs as a client does.
func (s *site) get(path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+path, nil))
	return w
}

func (s *site) key() *signed.Key {
	s.t.Helper()
	k, err := signed.LoadKey(follow.KeyFile(s.data))
	s.must(err)
	return k
}

// published gives the checkpoint that is served, verified.
func (s *site) published(organisation string) signed.Checkpoint {
	s.t.Helper()
	path := s.mark.Broker
	if organisation != "" {
		path += "/" + organisation
	}
	w := s.get(path + "/checkpoint")
	if w.Code != http.StatusOK {
		s.t.Fatalf("%s: %d %s; red: %v", path, w.Code, w.Body, s.Red())
	}
	v, err := signed.ParseVerifier(s.key().LogVerifier(signed.Origin(s.opt.Origin, s.mark.Broker, organisation)))
	s.must(err)
	c, _, err := signed.Open(w.Body.Bytes(), v)
	s.must(err)
	return c
}

// want says that a published log holds exactly the organisation's records of the
// store's and the spool's with numbers after begun.
func (s *site) want(organisation string, begun uint64) signed.Checkpoint {
	s.t.Helper()
	c := s.published(organisation)
	root, n := s.tree(organisation, begun)
	if c.Size != n || c.Root != root || c.Begun.Number != begun {
		s.t.Errorf("log of %q: %d leaves, root %v, begun %d; want %d, %v, %d", organisation, c.Size, c.Root, c.Begun.Number, n, root, begun)
	}
	return c
}

// wantWhole says that all is well, and each log holds all its records from the first on.
func (s *site) wantWhole() {
	s.t.Helper()
	s.wantWell()
	for _, organisation := range []string{"", "A81001", "RXA"} {
		s.want(organisation, 0)
	}
}

func (s *site) tree(organisation string, begun uint64) (tlog.Hash, int64) {
	s.t.Helper()
	var a merkle.Accumulator
	entries, err := s.store.Entries(context.Background(), s.mark.Broker, begun, 1<<20)
	s.must(err)
	last := begun
	if len(entries) > 0 {
		last = entries[len(entries)-1].Seq
	}
	for {
		more, err := s.spool.Read(last, 1000)
		s.must(err)
		if len(more) == 0 {
			break
		}
		entries, last = append(entries, more...), more[len(more)-1].Seq
	}
	for _, e := range entries {
		c, err := audit.ReadColumns(e.Payload)
		s.must(err)
		if organisation == "" || c.SourceOrg == organisation {
			leaf := audit.LeafEntry(e.Payload)
			a.Add(tlog.RecordHash(leaf[:]))
		}
	}
	return a.Root(), a.Size()
}

func (s *site) wantRed(part, says string) {
	s.t.Helper()
	if err := s.Red()[part]; err == nil || !strings.Contains(err.Error(), says) {
		s.t.Errorf("red: %v; want %s: …%s…", s.Red(), part, says)
	}
}

func (s *site) wantWell() {
	s.t.Helper()
	if red := s.Red(); len(red) > 0 {
		s.t.Errorf("red: %v", red)
	}
}

// copied gives a copy of a file or folder of the data folder, and what puts it back.
func (s *site) copied(name string) (back func()) {
	s.t.Helper()
	at, to := filepath.Join(s.data, name), filepath.Join(s.t.TempDir(), "copy")
	copyTree(s.t, at, to)
	return func() {
		s.t.Helper()
		s.must(os.RemoveAll(at))
		copyTree(s.t, to, at)
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// witnesses are witnesses of the site's logs, asked without a network.
type witnesses struct {
	t      *testing.T
	s      *site
	folder string

	mu   sync.Mutex
	of   map[string]*witness.Witness // by host
	away []string
}

// leave makes these witnesses be away, and no others.
func (w *witnesses) leave(hosts ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = hosts
}

func witnessKey(name string) *signed.Key { return signed.NewKey([]byte(strings.Repeat(name, 32)[:32])) }

// witnessed gives a site whose checkpoints need two of the witnesses a, b and c.
func witnessed(t *testing.T) (*site, *witnesses) {
	s := newSite(t)
	w := &witnesses{t: t, s: s, folder: t.TempDir(), of: map[string]*witness.Witness{}}
	var text strings.Builder
	for _, name := range []string{"a", "b", "c"} {
		fmt.Fprintf(&text, "witness %s %s https://%s.example\n", name, witnessKey(name).WitnessVerifier(name+".example"), name)
	}
	p, err := policy.Parse([]byte(text.String() + "group two 2 a b c\nquorum two\n"))
	s.must(err)
	s.opt.Policy, s.opt.HTTP = p, &http.Client{Transport: w}
	return s, w
}

// know tells the witnesses of the site's logs.
func (w *witnesses) know() {
	w.t.Helper()
	var logs []*signed.Verifier
	for _, organisation := range []string{"", "A81001", "RXA"} {
		v, err := signed.ParseVerifier(w.s.key().LogVerifier(signed.Origin(w.s.opt.Origin, w.s.mark.Broker, organisation)))
		w.s.must(err)
		logs = append(logs, v)
	}
	for _, name := range []string{"a", "b", "c"} {
		one, err := witness.New(witness.Options{
			Name: name + ".example", Key: witnessKey(name), Folder: filepath.Join(w.folder, name), Logs: logs, Log: slog.New(slog.DiscardHandler),
		})
		w.s.must(err)
		w.mu.Lock()
		w.of[name+".example"] = one
		w.mu.Unlock()
	}
}

// RoundTrip hands a request to the witness of that host.
func (w *witnesses) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	one, away := w.of[r.URL.Host], slices.Contains(w.away, r.URL.Host)
	w.mu.Unlock()
	if one == nil || away {
		return nil, fmt.Errorf("dial %s: connection refused", r.URL.Host)
	}
	rec := httptest.NewRecorder()
	one.ServeHTTP(rec, r)
	return rec.Result(), nil
}

// cosigned gives the published checkpoint of the broker's log and when each witness cosigned.
func (w *witnesses) cosigned() (signed.Checkpoint, map[string]time.Time) {
	w.t.Helper()
	v, err := signed.ParseVerifier(w.s.key().LogVerifier(signed.Origin(w.s.opt.Origin, w.s.mark.Broker, "")))
	w.s.must(err)
	raw := w.s.get("wend-1/checkpoint").Body.Bytes()
	verdict, err := w.s.opt.Policy.WithLogs(v).Judge(raw)
	if err != nil {
		w.t.Errorf("what is served is not good: %v", err)
	}
	at := map[string]time.Time{}
	for _, c := range verdict.Cosignatures {
		at[c.Witness] = c.At
	}
	return verdict.Checkpoint, at
}
