package trail

import (
	"context"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/replay"
)

// replayPage is what a draft of the policies would have decided otherwise.
type replayPage struct {
	Part     string
	Question question // its days
	Draft    string   // the beginning of its digest
	InForce  bool     // the draft is what is in force
	Live     bool     // it is tried on the requests of now, too
	Faults   []string // why there is no draft to try
	// Working says that it is not over, and Read how many records were read; Failed that it could not
	// be done. Why stands in the broker's log: it may name what is no business of a page's.
	Working bool
	Read    int
	Failed  bool
	Made    time.Time
	toldReport
}

// toldReport is a report in words and tables.
type toldReport struct {
	Report *replay.Report
	Kinds  []replayKind
	Tables []replayTable
}

// replayKind is how many decisions are otherwise in one way.
type replayKind struct {
	replay.Kind
	N    int
	Link string
	Most string // "200 of them by two organisations": who is most concerned; "" where nobody is
}

// replayTable counts changes by one dimension.
type replayTable struct {
	ID, Title string
	Rows      []replayRow
	Left      int // rows that are not shown
}

type replayRow struct {
	Name  string
	Cells []replayCell
}

type replayCell struct {
	N          int
	Link, Name string
}

// replayBy is what a table counts by.
type replayBy struct {
	by    replay.Dimension
	title string
}

var replayTables = []replayBy{
	{replay.ByOrganisation, "By organisation that asked"}, {replay.ByRole, "By role"},
	{replay.ByRule, "By rule that decided or would decide"}, {replay.BySource, "By whose records were asked for"},
}

// replayRows is how many rows of a dimension a page shows.
const replayRows = 20

// replay shows what the draft would have decided otherwise, once somebody had it tried.
func (t *Room) replay(ctx context.Context, r *http.Request, who *page.Person, s audit.Scope) answer {
	q, l, refused := t.replayAsked(r, who, s, r.URL.Query(), "replay")
	if refused != nil {
		return *refused
	}
	data := replayPage{Part: t.partOf(s), Question: q, Live: t.cfg.Live != nil}
	l.outcome, l.recorded = audit.Released, true
	draft, of, faults := t.draft(ctx, s, q)
	if faults != nil {
		data.Faults = faults
		return answer{status: http.StatusOK, name: "replay", data: data, look: l}
	}
	data.Draft, data.InForce = draft.Digest()[:12], t.cfg.Revision != nil && draft.Digest() == t.cfg.Revision.Digest()
	if one := t.replays.find(of, t.cfg.Clock()); one != nil {
		switch {
		case !one.wait(ctx, t.cfg.ReplayWaits):
			data.Working, data.Read = true, int(one.read.Load())
		case one.err != nil:
			data.Failed = true
			l.outcome, l.reason = audit.Failed, "trail-unavailable"
		default:
			data.Made = one.began
			l.shown = one.report.Decisions
			data.toldReport = t.tellReplay(one.report, "/trail/replay/records", data.Question.values())
		}
	}
	return answer{status: http.StatusOK, name: "replay", data: data, look: l}
}

// replayPosted begins it.
func (t *Room) replayPosted(ctx context.Context, r *http.Request, who *page.Person, s audit.Scope) answer {
	_ = r.ParseForm() // what is not a form has no fields
	form := url.Values{}
	for _, name := range []string{"from", "to"} {
		if v := r.PostForm.Get(name); v != "" {
			form.Set(name, v)
		}
	}
	q, l, refused := t.replayAsked(r, who, s, form, "replay")
	if refused != nil {
		return *refused
	}
	draft, of, faults := t.draft(ctx, s, q)
	if faults == nil {
		narrow, _ := q.narrow(s)
		if err := t.replays.begin(t.cfg.Lasts, t, of, narrow, draft); err != nil {
			l.recorded, l.outcome, l.reason = true, audit.Refused, "too-many-requests"
			return answer{status: http.StatusTooManyRequests, name: "problem", data: replaysFull, look: l}
		}
	}
	return answer{elsewhere: t.address("/trail/replay", q.values())}
}

// replayList lists the records behind one number.
func (t *Room) replayList(ctx context.Context, r *http.Request, who *page.Person, s audit.Scope) answer {
	behind, form := behindNumber(r)
	q, l, refused := t.replayAsked(r, who, s, form, "replay/records")
	if refused != nil {
		return *refused
	}
	if !behind.known() {
		return faulty([]fault{{"", "The address asks for something that there is not."}}, l)
	}
	_, of, faults := t.draft(ctx, s, q)
	var one *replayed
	if faults == nil {
		one = t.replays.find(of, t.cfg.Clock())
	}
	if one == nil || !one.over() || one.err != nil {
		return answer{elsewhere: t.address("/trail/replay", q.values())} // it says why
	}
	data := replayListPage{Part: t.partOf(s), Question: q, Back: t.address("/trail/replay", q.values())}
	t.list(&data, &l, one.report, behind, replay.MostChanges)
	return answer{status: http.StatusOK, name: "replaylist", data: data, look: l}
}

// behind is a number of a report whose records are asked for.
type behind struct {
	kind replay.Kind
	by   replay.Dimension // "" is the number in all
	key  string
}

// behindNumber reads which number it is, and gives what else was asked.
func behindNumber(r *http.Request) (of behind, rest url.Values) {
	rest = r.URL.Query()
	of = behind{replay.Kind(rest.Get("kind")), replay.Dimension(rest.Get("by")), rest.Get("key")}
	for _, name := range []string{"kind", "by", "key"} {
		rest.Del(name)
	}
	return of, rest
}

func (b behind) known() bool {
	return slices.Contains(replay.Kinds(), b.kind) && (b.by == "" || slices.ContainsFunc(replayTables, func(t replayBy) bool { return t.by == b.by }))
}

// list puts the records behind a number on a page. The report holds as many changes of a kind as most.
func (t *Room) list(data *replayListPage, l *look, report *replay.Report, of behind, most int) {
	data.Kind = of.kind
	if of.by != "" {
		data.Of = t.replayName(of.by, of.key, "")
	}
	l.outcome, l.recorded, l.parts = audit.Released, true, map[string]int{}
	for i := range report.Changes {
		c := &report.Changes[i]
		if c.Kind != of.kind || of.by != "" && !slices.Contains(c.Keys(of.by), of.key) {
			continue
		}
		if data.N++; len(data.Lines) == replayLines {
			continue
		}
		l.shown++
		l.parts[c.Was.SourceOrg]++
		data.Lines = append(data.Lines, t.replayLine(c))
	}
	data.Cut = data.N > len(data.Lines) || report.Kinds[of.kind] > most
}

// replayLines is how many records a list shows.
const replayLines = 500

// replayListPage are the records behind a number.
type replayListPage struct {
	Part, Of, Back string
	Question       question
	Live           time.Time // since when, of one that goes on; zero of the days asked for
	Kind           replay.Kind
	N              int
	Cut            bool // there are more
	Lines          []replayLine
}

// replayLine is one record.
type replayLine struct {
	Record, Who, What, Was, Now, Shown string
	At                                 time.Time
}

func (t *Room) replayLine(c *replay.Change) replayLine {
	w := t.words
	reasons := func(codes []string) string {
		var all []string
		for _, code := range codes {
			all = append(all, w.reason(legible.Line(code)))
		}
		return strings.Join(all, " ")
	}
	line := replayLine{
		Record: c.Was.ID, At: c.Was.TimeIn,
		Who:  w.role(legible.Line(c.Was.RoleCode), legible.Line(c.Was.RoleName)) + ", " + w.organisation(legible.Line(c.Was.UserOrg), legible.Line(c.Was.UserOrgName)),
		What: strings.TrimSpace(legible.Line(c.Was.Type) + " at " + w.source(legible.Line(c.Was.Source))),
		Was:  reasons(c.Was.Reasons), Now: reasons(c.Now.Reasons),
	}
	for _, part := range []struct {
		say string
		of  []string
	}{
		{"no longer: ", c.Lost.Categories}, {"also: ", c.Gained.Categories}, {"no longer with the label: ", c.Lost.Labels}, {"also with the label: ", c.Gained.Labels},
		{"taken out: ", c.Gained.Masks}, {"no longer taken out: ", c.Lost.Masks},
	} {
		if len(part.of) > 0 {
			line.Shown += part.say + strings.Join(part.of, ", ") + ". "
		}
	}
	return line
}

// replayAsked reads which days are asked for: the last thirty by default. Who may not keep the
// rules is turned away: a draft is not in force yet.
func (t *Room) replayAsked(r *http.Request, who *page.Person, s audit.Scope, form url.Values, what string) (q question, l look, refused *answer) {
	l = look{action: audit.LookAtTrail, query: what, part: s.SourceOrg}
	if who == nil || !who.Areas.Rules {
		l.recorded, l.outcome, l.reason = true, audit.Refused, "role-not-entitled"
		return q, l, &answer{status: http.StatusForbidden, name: "problem", data: replayNotAllowed, look: l}
	}
	now := t.cfg.Clock()
	if len(form) == 0 {
		form = url.Values{"from": {now.In(page.London).AddDate(0, 0, -30).Format(time.DateOnly)}, "to": {now.In(page.London).Format(time.DateOnly)}}
	}
	q, faults := read(form, now)
	for name := range form {
		if name != "from" && name != "to" {
			faults = append(faults, fault{"", "Requests are chosen by days and nothing else."})
			break
		}
	}
	if len(faults) > 0 {
		a := faulty(faults, l)
		return q, l, &a
	}
	l.query = q.words(what)
	return q, l, nil
}

var replayNotAllowed = problem{Title: "Drafts of the rules are not open to your role",
	Text:   "What the trail's requests would have come to under a draft is for those who keep the rules.",
	Remedy: "If you hold such a role too, sign in with it.", Away: true}

var replaysFull = problem{Title: "As many drafts as can be held are being tried already",
	Text:   "One is tried at a time, and nothing was begun for you.",
	Remedy: "Try again when one of them is done, or ask whoever keeps the rules with you."}

// draft loads the policies that are to be tried, and says what is decided again; or why there are none.
func (t *Room) draft(ctx context.Context, s audit.Scope, q question) (*decision.Revision, replayOf, []string) {
	var folder fs.FS
	if t.cfg.Draft != nil {
		var err error
		if folder, err = t.cfg.Draft(); err != nil {
			return nil, replayOf{}, strings.Split(err.Error(), "\n")
		}
	}
	if folder == nil {
		return nil, replayOf{}, []string{"There is no draft and no folder of policies: those in force are the ones that came with this program."}
	}
	fingerprint, err := decision.Fingerprint(folder)
	if err != nil {
		return nil, replayOf{}, strings.Split(err.Error(), "\n")
	}
	rev, err := decision.Load(ctx, folder, decision.Options{Revision: "draft"})
	if err != nil {
		return nil, replayOf{}, strings.Split(err.Error(), "\n")
	}
	narrow, _ := q.narrow(s)
	return rev, replayOf{draft: fingerprint, part: s.SourceOrg, ownStaff: s.OwnStaff, since: narrow.Since, until: narrow.Until}, nil
}

// tellReplay puts a report into words and tables. The lists behind its numbers are at an address.
func (t *Room) tellReplay(report *replay.Report, lists string, asked url.Values) (p toldReport) {
	p.Report = report
	link := func(kind replay.Kind, by replay.Dimension, key string) string {
		v := maps.Clone(asked)
		v.Set("kind", string(kind))
		if by != "" {
			v.Set("by", string(by))
			v.Set("key", key)
		}
		return t.address(lists, v)
	}
	for _, k := range replay.Kinds() {
		if n := p.Report.Kinds[k]; n > 0 {
			p.Kinds = append(p.Kinds, replayKind{Kind: k, N: n, Link: link(k, "", ""), Most: t.mostlyBy(p.Report, k, n)})
		}
	}
	for _, d := range replayTables {
		rows := p.Report.By[d.by].Rows
		table := replayTable{ID: "by-" + string(d.by), Title: d.title, Left: max(0, len(rows)-replayRows)}
		for _, row := range rows[:min(replayRows, len(rows))] {
			out := replayRow{Name: t.replayName(d.by, row.Key, row.Name)}
			for _, k := range p.Kinds {
				out.Cells = append(out.Cells, replayCell{N: row.Kinds[k.Kind], Link: link(k.Kind, d.by, row.Key), Name: out.Name + " " + k.Would()})
			}
			table.Rows = append(table.Rows, out)
		}
		if len(table.Rows) > 0 && len(p.Kinds) > 0 {
			p.Tables = append(p.Tables, table)
		}
	}
	return p
}

// mostlyBy says which few organisations most decisions of a kind are of, where it is a few.
func (t *Room) mostlyBy(report *replay.Report, k replay.Kind, n int) string {
	rows := slices.Clone(report.By[replay.ByOrganisation].Rows)
	slices.SortStableFunc(rows, func(a, b *replay.Row) int { return b.Kinds[k] - a.Kinds[k] })
	if len(rows) < 2 {
		return ""
	}
	of := rows[0].Kinds[k] + rows[1].Kinds[k]
	if 2*of < n {
		return ""
	}
	names := []string{t.replayName(replay.ByOrganisation, rows[0].Key, rows[0].Name)}
	if rows[1].Kinds[k] > 0 {
		names = append(names, t.replayName(replay.ByOrganisation, rows[1].Key, rows[1].Name))
	}
	return thousands(of) + " of them by " + strings.Join(names, " and ")
}

// replayName names a key of a dimension.
func (t *Room) replayName(by replay.Dimension, key, name string) string {
	key, name = legible.Line(key), legible.Line(name)
	switch by {
	case replay.ByOrganisation:
		return named(t.words.organisation(key, name), key)
	case replay.ByRole:
		return named(t.words.role(key, name), key)
	case replay.ByRule:
		return t.words.key(audit.ByRule, key)
	case replay.BySource:
		return t.words.source(key)
	}
	return key
}
