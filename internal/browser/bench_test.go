//go:build servers

package browser_test

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/browser"
)

// measured is one page, on one connection and one screen: the medians of some rounds.
type measured struct {
	moments browser.Moments
	over    time.Duration // after the last answer of the slowest source
	counted browser.Counted
}

// bench opens pages again and again.
type bench struct {
	w      *world
	file   string
	rounds int
	said   strings.Builder
}

// MCR_BENCH_PAGES=file measures pages as people meet them and writes a table
// (`make bench-pages`). It asserts nothing: a figure is of the machine that it ran on.
func TestServersBrowserBenchPages(t *testing.T) {
	file := os.Getenv("MCR_BENCH_PAGES")
	if file == "" {
		t.Skip("make bench-pages measures: MCR_BENCH_PAGES names no file")
	}
	b := &bench{w: inTheRegion(t), file: file, rounds: 5}
	if n, err := strconv.Atoi(os.Getenv("MCR_BENCH_ROUNDS")); err == nil && n > 0 {
		b.rounds = n
	}
	fmt.Fprintf(&b.said, "Medians of %d rounds, in %s, on %d processors that everything shares.\n", b.rounds, start(t).Version(), runtime.NumCPU())
	b.w.aVisit(t)
	reader := b.w.signIn(t, "consultant")
	find(reader, b.w.flagged(t, "every-source"))
	confirm(reader)
	if mustAsk(reader) { // or an earlier test has her answer
		yes(reader, "Treatment today")
	}
	patient := "/patients/" + refOf(t, reader)
	auditor := b.w.signIn(t, "regional-auditor")
	reader.Observe()
	auditor.Observe()
	for _, to := range []browser.Connection{{Name: "ordinary connection"}, browser.Slow3G} {
		for _, width := range []int{1280, 360} {
			fmt.Fprintf(&b.said, "\n%s, %d px\n\n| page | first paint | first words of the record | complete | after the slowest source | over the wire | requests |\n|---|--:|--:|--:|--:|--:|--:|\n", to.Name, width)
			for _, tab := range []*browser.Tab{reader, auditor} {
				tab.Screen(width, 800)
				tab.Connect(to)
			}
			b.signIn(t, to, width)
			b.page(t, "search for a patient", reader, "/patients", false)
			b.page(t, "patient", reader, patient, false)
			b.page(t, "record", reader, patient+"/record", false)
			b.page(t, "record, no file kept", reader, patient+"/record", true)
			b.w.stage.set("acute-northmoor", late(200*time.Millisecond))
			b.page(t, "record, a source 0.2 s a question late", reader, patient+"/record", false)
			b.w.stage.clear()
			b.page(t, "trail: overview", auditor, "/trail", false)
			b.page(t, "trail: search", auditor, "/trail/records?source=acute-st-aldhelm", false)
		}
	}
	for _, tab := range []*browser.Tab{reader, auditor} {
		tab.Connect(browser.Connection{})
	}
	t.Log("\n" + b.said.String())
}

// keep writes what is known so far: a run may be ended before it is through.
func (b *bench) keep(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(b.file, []byte(b.said.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// late is a source that takes its time over each answer.
func late(by time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(by)
		defer timer.Stop()
		select {
		case <-timer.C:
			r.Context().Value(nextKey{}).(http.Handler).ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// signIn measures the first page of somebody whose browser was never here.
func (b *bench) signIn(t *testing.T, to browser.Connection, width int) {
	t.Helper()
	b.measure(t, "sign-in, the first visit", func() measured {
		tab := b.w.person(t)
		tab.Screen(width, 800)
		tab.Observe()
		tab.Connect(to)
		return b.once(tab, "/", false)
	})
}

func (b *bench) page(t *testing.T, name string, tab *browser.Tab, path string, empty bool) {
	t.Helper()
	tab.Open(path) // the files of the page are kept now, and the broker has seen its questions
	tab.Moments()
	b.measure(t, name, func() measured { return b.once(tab.For(t), path, empty) })
}

func (b *bench) once(tab *browser.Tab, path string, empty bool) measured {
	if empty {
		tab.Forget()
	}
	tab.Count()
	tab.Open(path)
	m := measured{moments: tab.Moments(), counted: tab.Counted()}
	m.over = m.moments.Whole - b.w.stage.answered().Sub(m.moments.Asked)
	return m
}

func (b *bench) measure(t *testing.T, name string, once func() measured) {
	t.Helper()
	var all []measured
	for range b.rounds {
		all = append(all, once())
	}
	median := func(of func(measured) int64) int64 {
		var values []int64
		for _, m := range all {
			values = append(values, of(m))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	ms := func(of func(measured) time.Duration) string {
		d := time.Duration(median(func(m measured) int64 { return int64(of(m)) }))
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	words, over := "", ""
	if all[0].moments.Words > 0 {
		words = ms(func(m measured) time.Duration { return m.moments.Words })
		over = ms(func(m measured) time.Duration { return m.over })
	}
	fmt.Fprintf(&b.said, "| %s | %s | %s | %s | %s | %.1f KB | %d |\n", name,
		ms(func(m measured) time.Duration { return m.moments.Painted }), words, ms(func(m measured) time.Duration { return m.moments.Whole }), over,
		float64(median(func(m measured) int64 { return m.counted.Bytes }))/1000, median(func(m measured) int64 { return int64(m.counted.Requests) }))
	b.keep(t)
}

// The first page of somebody who was never here, with all that it fetches.
func TestServersBrowserTheFirstPageIsSmall(t *testing.T) {
	w := inTheRegion(t)
	tab := w.person(t)
	tab.Forget()
	tab.Observe()
	tab.Count()
	tab.Open("/")
	tab.Moments()
	if c := tab.Counted(); c.Bytes > 100_000 || c.Bytes < 10_000 || c.Requests > 5 {
		t.Errorf("%d bytes in %d requests", c.Bytes, c.Requests)
	}
}
