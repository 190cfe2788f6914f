package spool_test

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit/spool"
)

// image is the files of a spool, and what it promised.
type image struct {
	files  map[string][]byte
	want   map[uint64]string // entries that were appended; those deleted since included
	acked  uint64            // by the reader
	last   uint64            // highest entry
	commit uint64            // first entry of the last commit
	closed bool
	known  bool // how far the log had come stands in the acknowledgement
}

// images are spools of three segments whose first two were acknowledged and deleted:
// closed in order, killed, or killed after the reader had acknowledged something once
// more; the last commit of one entry or of four.
func images(t *testing.T) map[string]*image {
	all := map[string]*image{}
	for _, end := range []string{"closed", "killed", "killed after an acknowledgement"} {
		all[end] = newImage(t, end, false)
		all[end+", four in the last commit"] = newImage(t, end, true)
	}
	return all
}

func newImage(t *testing.T, end string, many bool) *image {
	m := newModel()
	s := openModel(t, m)
	im := &image{want: map[uint64]string{}, closed: end == "closed", known: end != "killed"}
	add := func(e spool.Entry) { im.want[e.Seq] = string(e.Payload) }
	for i := range 10 {
		add(appendText(t, s, fmt.Sprintf("entry %d %s", i+1, strings.Repeat("abc", 800+100*i))))
	}
	im.acked = 6
	if err := s.Ack(im.acked); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = openModel(t, m)
	for i := range 3 {
		add(appendText(t, s, fmt.Sprintf("entry %d %s", i+11, strings.Repeat("def", 100))))
	}
	// The last frame ends with a sector: a longer length in its header would promise
	// more than was ever written, as the length of a torn one does.
	if many {
		var texts []string
		for i, length := range []int{69, 173, 269, 3*512 - 712 - 67} {
			texts = append(texts, fmt.Sprintf("together %d %0*d", i, length-len("together 0 "), 0))
		}
		for _, e := range together(t, s, m, texts) {
			add(e)
		}
	} else {
		add(appendText(t, s, fmt.Sprintf("alone %0*d", 2*512-67-len("alone "), 0)))
	}
	for _, e := range readAll(t, s, im.acked) {
		if im.want[e.Seq] != string(e.Payload) {
			t.Fatalf("entry %d", e.Seq)
		}
		im.last = e.Seq
	}
	im.commit = im.last
	if many {
		im.commit -= 3
	}
	switch end {
	case "closed":
		s.Close()
	case "killed after an acknowledgement":
		if err := s.Ack(im.acked); err != nil {
			t.Fatal(err)
		}
	}
	im.files = m.files()
	return im
}

// together appends texts in one commit, after one that keeps the committer waiting.
func together(t *testing.T, s *spool.Spool, m *modelFS, texts []string) []spool.Entry {
	at, gate := make(chan struct{}), make(chan struct{})
	once := true
	m.mu.Lock()
	m.fault = func(n int, kind, name string) error {
		if kind == "sync" && once {
			once = false
			m.mu.Unlock()
			at <- struct{}{}
			<-gate
			m.mu.Lock()
		}
		return nil
	}
	m.mu.Unlock()
	done := make(chan spool.Entry)
	add := func(text string) {
		e, err := s.Append(t.Context(), []byte(text))
		if err != nil {
			t.Error(err)
		}
		done <- e
	}
	go add("before")
	<-at
	for i, text := range texts {
		go add(text)
		for spool.Queued(s) <= i {
			runtime.Gosched()
		}
	}
	close(gate)
	var es []spool.Entry
	for range len(texts) + 1 {
		es = append(es, <-done)
	}
	return es
}

// files gives the files as a process would find them.
func (m *modelFS) files() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	files := map[string][]byte{}
	for name, node := range m.names {
		if !strings.HasSuffix(name, ".tmp") {
			files[filepath.Base(name)] = bytes.Clone(node.now)
		}
	}
	return files
}

// disk gives a model with these files.
func disk(files map[string][]byte) *modelFS {
	m := newModel()
	for name, b := range files {
		node := &inode{now: bytes.Clone(b), disk: bytes.Clone(b)}
		m.names[filepath.Join("/spool", name)], m.durable[filepath.Join("/spool", name)] = node, node
	}
	return m
}

// names gives the names of the files, the segments in the order of their entries.
func (im *image) names() []string { return slices.Sorted(maps.Keys(im.files)) }

// segment gives the name of the newest segment.
func (im *image) segment() string {
	names := slices.DeleteFunc(im.names(), func(n string) bool { return !strings.HasSuffix(n, ".seg") })
	return names[len(names)-1]
}

// with gives the files with one changed.
func (im *image) with(name string, change func(b []byte) []byte) map[string][]byte {
	files := maps.Clone(im.files)
	files[name] = change(bytes.Clone(files[name]))
	return files
}

// holds opens damaged files and holds the spool to what the image promised: what is
// not acknowledged is there or said to be lost, nothing else is there, no number is
// given twice, nothing stalls, and the next opening finds the same. Where torn is
// set the last commit may pass for one that never ended, and is said to.
func (im *image) holds(t *testing.T, what string, files map[string][]byte, torn bool) spool.Report {
	t.Helper()
	m := disk(files)
	// Not by openModel: what a test leaves to be cleaned up is kept, all of it.
	opt := small()
	opt.FS = m
	opt = spool.Inline(opt)
	s, err := spool.Open("/spool", opt)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	st := s.Stats()
	if st.Acked > im.acked {
		t.Fatalf("%s: %d was acknowledged, not %d", what, im.acked, st.Acked)
	}
	got := readAll(t, s, st.Acked)
	losses := s.Stats().Report.Lost
	lost := func(seq uint64) bool {
		return slices.ContainsFunc(losses, func(l spool.Loss) bool { return l.First <= seq && seq <= l.Last })
	}
	there := map[uint64]bool{}
	for _, e := range got {
		if im.want[e.Seq] != string(e.Payload) {
			t.Fatalf("%s: %d %.20q was never written", what, e.Seq, e.Payload)
		}
		there[e.Seq] = true
	}
	safe := im.last
	if torn && len(st.Report.Torn) > 0 {
		safe = im.commit - 1
	}
	for seq := im.acked + 1; seq <= safe; seq++ {
		if !there[seq] && !lost(seq) {
			t.Fatalf("%s: entry %d is gone without a word: %+v", what, seq, st.Report)
		}
	}
	after := appendText(t, s, "after")
	if after.Seq <= safe || there[after.Seq] {
		t.Fatalf("%s: number %d given twice", what, after.Seq)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	again, err := spool.Open("/spool", opt)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if want, is := append(texts(got), texts([]spool.Entry{after})...), texts(readAll(t, again, st.Acked)); !slices.Equal(want, is) {
		t.Fatalf("%s: another opening finds other entries: %.60q, then %.60q", what, want, is)
	}
	again.Close()
	return st.Report
}
