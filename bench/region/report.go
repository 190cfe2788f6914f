package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// report writes each part of the table when it is known: a long run shows how far it is.
type report struct {
	out io.Writer
	opt options
}

func (r *report) line(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

func count[N int | int64 | uint64](n N) string { return humanize.Comma(int64(n)) }

func (r *report) begin() {
	revision := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value[:min(len(s.Value), 12)]
			}
		}
	}
	r.line("%s, revision %s, %s, %d cores, %s of memory: a region of %s patients",
		time.Now().UTC().Format("2 January 2006 15:04 UTC"), revision, runtime.Version(), runtime.NumCPU(), memory(), count(r.opt.patients))
}

// memory is that of the machine.
func memory() string {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return "unknown"
	}
	defer file.Close() //nolint:errcheck // it was only read
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var kib uint64
		if n, _ := fmt.Sscanf(lines.Text(), "MemTotal: %d kB", &kib); n == 1 {
			return humanize.IBytes(kib << 10)
		}
	}
	return "unknown"
}

func (r *report) place(p *place) {
	r.line("\n## %s\n", p.name)
	r.line("| feed | lines | in | lines/s | its processors' work | most memory | a permission recorded meanwhile: p50, p99, most |")
	r.line("|---|---|---|---|---|---|---|")
}

func (r *report) imported(i imported) {
	name := fmt.Sprint(i.feed.Generation)
	if i.feed.Whole {
		name = "everything again"
	}
	beside := ""
	if n := len(i.beside); n > 0 || i.failed > 0 {
		beside = fmt.Sprintf("%s, %s, %s (%s; %s failed)", short(i.beside.at(.5)), short(i.beside.at(.99)), short(i.beside.at(1)), count(n), count(i.failed))
	}
	r.line("| %s | %s (%s) | %s | %s | %s | %s | %s |", name, count(i.told.Lines()), humanize.IBytes(uint64(i.told.Bytes)), i.took.Round(time.Millisecond),
		count(int64(float64(i.told.Lines())/i.took.Seconds())), i.works.Round(10*time.Millisecond), memoryOf(i), beside)
}

// importMemory is what an import may take, in bytes, whatever the size of its file.
const importMemory = 200e6

func memoryOf(i imported) string {
	text := humanize.IBytes(uint64(i.memory))
	if i.memory > importMemory {
		text += " (**more than 200 MB**)"
	}
	return text
}

func (r *report) sized(s size) {
	each := ""
	if s.rows > 0 {
		each = fmt.Sprintf(", %d bytes each", s.bytes/s.rows)
	}
	r.line("\n| disk | |\n|---|---|")
	r.line("| all of %s versions | %s%s |", count(s.rows), humanize.IBytes(uint64(s.bytes)), each)
	for _, part := range s.parts {
		r.line("| %s | %s |", part.name, humanize.IBytes(uint64(part.bytes)))
	}
}

func (r *report) found(f found) {
	r.line("\n| the facts of a random patient | p50 | p99 | most |\n|---|---|---|---|")
	row := func(name string, d distribution) {
		r.line("| %s, %s of them | %s | %s | %s |", name, count(len(d)), short(d.at(.5)), short(d.at(.99)), short(d.at(1)))
	}
	row("from the store, one after the other", f.cold)
	row(fmt.Sprintf("from the store, %d at once", together), f.coldTogether)
	row("from memory", f.warm)
	r.line("\n%s patients in memory take %s, %d bytes each (%s are kept at most).", count(f.kept), humanize.IBytes(uint64(max(f.memory, 0))),
		f.memory/int64(max(f.kept, 1)), count(r.opt.cached))
}

func (r *report) heard(h heard) {
	r.line("\n%s changes in %s: %s a second (%d were asked for), %s failed; recording one took %s at p50 and %s at p99; %s questions answered meanwhile, %s of them unavailable.\n",
		count(h.changes), h.took.Round(time.Millisecond), count(int64(float64(h.changes)/h.took.Seconds())), r.opt.rate, count(h.failed),
		short(h.wait.at(.5)), short(h.wait.at(.99)), count(h.asked), count(h.unknown))
	r.line("| broker | changes looked for | since Commit was called: p50 | p99 | most | since it returned: p50 | p99 | most | over 1 s | by its metric: changes | p50 | p99 | within 1 s |")
	r.line("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for i, b := range h.brokers {
		metric := []string{"none", "", "", ""}
		if n := b.metric.total(); n > 0 {
			metric = []string{count(n), bound(b.metric.at(.5)), bound(b.metric.at(.99)),
				fmt.Sprintf("%.3f %%", 100*float64(b.metric.within(time.Second))/float64(n))}
		}
		r.line("| %d | %s | %s | %s | %s | %s | %s | %s | %d | %s |", i+1, count(len(b.called)+b.missed), short(b.called.at(.5)), short(b.called.at(.99)), short(b.called.at(1)),
			short(b.told.at(.5)), short(b.told.at(.99)), short(b.told.at(1)), b.told.over(time.Second)+b.missed, strings.Join(metric, " | "))
	}
}

// short writes a time with three digits.
func short(d time.Duration) string {
	for unit := time.Nanosecond; ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit).String()
		}
	}
}

func bound(d time.Duration) string {
	if d < 0 {
		return "more"
	}
	return "≤ " + d.String()
}
