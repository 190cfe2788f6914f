package replay

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/legible"
)

// textRows is how many rows of a dimension a terminal is shown.
const textRows = 12

// Text writes the report for a terminal. The last line is always "N decisions in S s: C would be
// decided otherwise".
func (r *Report) Text(w io.Writer) error {
	p := &printer{w: w}
	p.line("%s records, %s decisions%s", thousands(r.Records), thousands(r.Decisions), r.when())
	p.apart(r)
	p.line("")
	for _, k := range Kinds() {
		if n := r.Kinds[k]; n > 0 {
			p.line("%9s %s", thousands(n), k.Would())
		}
	}
	for _, d := range Dimensions() {
		if len(r.By[d].Rows) > 0 && len(r.Kinds) > 0 {
			p.table(r, d)
		}
	}
	p.line("")
	p.line("%s", r.LastLine())
	return p.err
}

// LastLine says how many decisions there were, how long it took and how many would be otherwise.
func (r *Report) LastLine() string {
	return fmt.Sprintf("%d decisions in %.1f s: %d would be decided otherwise", r.Decisions, r.Took.Seconds(), r.Otherwise())
}

func (r *Report) when() string {
	if r.First.IsZero() {
		return ""
	}
	return " from " + r.First.UTC().Format("2 January 2006 15:04") + " to " + r.Last.UTC().Format("2 January 2006 15:04") + " UTC"
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// apart says what the numbers below say nothing of.
func (p *printer) apart(r *Report) {
	for _, line := range r.Notes() {
		p.line("  %s", line)
	}
}

// Notes say which records the numbers say nothing of, or not all, a sentence each.
func (r *Report) Notes() (all []string) {
	a := &r.Apart
	note := func(n int, one, many string, args ...any) {
		if n == 1 {
			all = append(all, fmt.Sprintf("1 "+one, args...))
		} else if n > 0 {
			all = append(all, thousands(n)+" "+fmt.Sprintf(many, args...))
		}
	}
	again := func(n int, why string, args ...any) {
		note(n, "request was NOT DECIDED AGAIN: "+why, "requests were NOT DECIDED AGAIN: "+why, args...)
	}
	note(a.NoDecision, "record is of no decision: a look at the trail, or a request at which the policies were not asked.",
		"records are of no decision: looks at the trail, and requests at which the policies were not asked.")
	again(sum(a.OtherSchema), "what was asked and known was recorded for another schema of the policies' input (%s).", most(a.OtherSchema))
	again(a.Erased, "details of the record were erased.")
	again(a.Unreadable, "the record, or what it says was asked and known, cannot be read.")
	unlike := "NOT COMPARED: under the very policies that decided, it comes out otherwise (%s). The record or the program is not what it was."
	note(a.Unlike, "request was "+unlike, "requests were "+unlike, strings.Join(a.UnlikeIDs[:min(3, len(a.UnlikeIDs))], ", "))
	unknown := "permitted by policies that are not kept here (%s): whether more or less would be shown is NOT KNOWN."
	note(sum(a.ShownUnknown), "request was "+unknown, "requests were "+unknown, most(short(a.ShownUnknown)))
	return all
}

// short are counts by digest, each cut to what people compare.
func short(counts map[string]int) map[string]int {
	out := map[string]int{}
	for digest, n := range counts {
		out["digest "+cmp.Or(digest[:min(12, len(digest))], "none")] += n
	}
	return out
}

// most names the largest counts.
func most(counts map[string]int) string {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b)) })
	var out []string
	for _, k := range keys[:min(3, len(keys))] {
		out = append(out, legible.Cell(k)+": "+thousands(counts[k]))
	}
	if len(keys) > 3 {
		out = append(out, fmt.Sprintf("and %d more", len(keys)-3))
	}
	return strings.Join(out, "; ")
}

func sum(counts map[string]int) (n int) {
	for _, of := range counts {
		n += of
	}
	return n
}

// table writes the first rows of a dimension.
func (p *printer) table(r *Report, d Dimension) {
	if p.err != nil {
		return
	}
	kinds := r.told()
	p.line("")
	rows := r.By[d]
	first := rows.Rows[:min(textRows, len(rows.Rows))]
	width := utf8.RuneCountInString(head(d))
	for _, row := range first {
		width = max(width, utf8.RuneCountInString(row.Label()))
	}
	line := fmt.Sprintf("%-*s", width, head(d))
	for _, k := range kinds {
		line += fmt.Sprintf("  %9s", k.Column())
	}
	p.line("%s", line)
	for _, row := range first {
		line := fmt.Sprintf("%-*s", width, row.Label())
		for _, k := range kinds {
			line += fmt.Sprintf("  %9s", thousands(row.Kinds[k]))
		}
		p.line("%s", line)
	}
	if more := len(rows.Rows) - textRows; more > 0 {
		p.line("  and %s more", thousands(more))
	}
	if rows.Others > 0 {
		p.line("  and %s changes of others, for which there was no room", thousands(rows.Others))
	}
}

func head(d Dimension) string { return "by " + d.Heading() }

// told are the kinds of which there are some, in order.
func (r *Report) told() (all []Kind) {
	for _, k := range Kinds() {
		if r.Kinds[k] > 0 {
			all = append(all, k)
		}
	}
	return all
}

// Label is a row's name, with its code.
func (r *Row) Label() string {
	key := legible.Cell(r.Key)
	if len(r.Key) == 64 { // a patient's HMAC: its beginning tells patients apart
		key = key[:12]
	}
	if r.Name != "" {
		return legible.Cell(r.Name) + " (" + key + ")"
	}
	return cmp.Or(key, "none")
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// stamp is a time in a list.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }
