package trail

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/legible"
)

// recordPage is one record in full.
type recordPage struct {
	Record   *audit.Record
	Own      string // the organisation whose own rules were asked too; "" where none were
	Part     string
	Person   string
	Role     string
	Org      string
	Holder   string
	Headline string
	Ending   string
	Asked    string
	Stated   string // what was to be recorded of the patient's answer
	Patient  string // masked; "" when the record is about nobody
	Known    []known
	Rulings  []ruling
	Again    remade
	Reasons  []reasonTold
	Rested   []rested
	Released []amount
	Types    []amount
	Withheld []amount
	Took     string
	Steps    []step
	Chain    standing
	ChainNot string // why the chain could not be looked at
	Document string // the record as it was written
	Provable bool   // a proof can be asked for
	Others   bool   // the policies in force are not those that decided
	InForce  string
	Case     string // the record as a case that names nobody; "" for who does not keep the rules
}

// rested is something that a decision rested on, by its id in the registry.
type rested struct{ What, ID string }

// step is the time that one step took.
type step struct{ Name, Took string }

func (t *Room) show(ctx context.Context, r *http.Request, who *page.Person, s audit.Scope) answer {
	id := bounded(r.PathValue("id"))
	l := look{action: audit.LookAtRecord, read: true, query: "records/" + id, part: s.SourceOrg}
	format := r.URL.Query().Get("format")
	if q := r.URL.Query(); len(q) > 1 || len(q) == 1 && (format != "json" && format != "proof" || len(q["format"]) > 1) {
		return faulty([]fault{{"", "A record can be had as a page, as JSON, or with its proof."}}, l)
	}
	rec, err := t.cfg.Trail.Show(ctx, id, s)
	if err != nil {
		return t.trouble(err, l)
	}
	// Whose record it is stands in the look too: that organisation then sees it.
	l.part = rec.SourceOrg
	l.patient = patientOf(rec)
	l.records, l.shown, l.outcome, l.recorded = []string{rec.ID}, 1, audit.Released, true
	if format == "json" {
		l.query += "?format=json"
		return answer{status: http.StatusOK, look: l, file: &file{name: "record-" + fileName(rec.ID) + ".json", kind: "application/json", body: document(rec)}}
	}
	if format == "proof" {
		l.query += "?format=proof"
		return t.proof(ctx, s, rec, l)
	}
	p := t.recordPage(ctx, s, rec)
	if who != nil && who.Areas.Rules && len(rec.Input) > 0 {
		if text, err := cases.FromRecord(rec.Input, rec.Query); err == nil { // an input of an older schema is no case
			p.Case = string(text)
		}
	}
	return answer{status: http.StatusOK, name: "record", data: p, look: l}
}

func (t *Room) recordPage(ctx context.Context, s audit.Scope, r *audit.Record) recordPage {
	w, written := t.words, r
	r = tame(r)
	p := recordPage{
		Record: r, Part: t.partOf(s), Person: w.person(r), Role: w.role(r.RoleCode, r.RoleName),
		Org: w.organisation(r.UserOrg, r.UserOrgName), Holder: w.holder(r), Headline: w.headline(r), Ending: ending(r), Asked: w.asked(r), Stated: legible.Lines(stated(r)),
		Patient: t.masked(r), Known: w.knew(r), Reasons: w.reasons(r),
		Released: amounts(r.Categories, categoryWords), Types: amounts(r.Types, typeWords), Withheld: amounts(r.Withheld, w.reason),
		Took: took(r.TimeOut.Sub(r.TimeIn)), Document: legible.Lines(string(document(written))),
		Provable: t.cfg.Proofs != nil,
		Others:   r.Digest != "" && r.Digest != w.book.Digest, InForce: w.book.Revision,
	}
	p.Again = t.decideAgain(ctx, written)
	own := t.ownRules(ctx, written)
	p.Rulings = append(w.rulings(r, p.Again), w.ownRulings(r, p.Again, own)...)
	w.reasonsInWords(p.Reasons, own)
	w.withheldInWords(p.Withheld, own)
	if written.Own != "" {
		p.Own = w.organisation(r.SourceOrg, "")
	}
	for _, b := range []rested{{"The patient’s permission", r.Permission}, {"A care relationship", r.Relationship}, {"A test order", r.Order},
		{"A declared emergency", r.Emergency}, {"The patient’s opt-out", r.OptOut}} {
		if b.ID != "" {
			p.Rested = append(p.Rested, b)
		}
	}
	for _, spent := range []struct {
		name string
		us   int64
	}{{"Understanding the request", r.Spent.Parse}, {"Checking who asks", r.Spent.Token}, {"Looking up what is known", r.Spent.Gather},
		{"Deciding", r.Spent.Decide}, {"The source’s answer", r.Spent.Fetch}, {"Cutting it to what may be shown", r.Spent.Filter}} {
		if spent.us > 0 {
			p.Steps = append(p.Steps, step{spent.name, took(time.Duration(spent.us) * time.Microsecond)})
		}
	}
	var err error
	if p.Chain, err = place(ctx, t.cfg.Trail, written); err != nil {
		t.cfg.Log.Error("a record's place in its chain could not be looked at", "error", err)
		p.ChainNot = "The chain could not be looked at just now."
	}
	return p
}

// masked gives a record's patient so that they can be told from another, and not
// be known: "999*****18". The number itself is on the patient's report, whose look
// is recorded as one at that patient.
func (t *Room) masked(r *audit.Record) string {
	if r.PatientHMAC == "" {
		return ""
	}
	if n, err := t.cfg.Protector.Reveal(r.PatientShown); err == nil {
		return n.String()
	}
	if r.PatientShown != "" && len(r.PatientShown) <= 12 {
		return withoutNumbers(r.PatientShown) // it was masked when it was written
	}
	return "not known under the keys in use"
}

// took gives a length of time as people read it: 1.2 ms.
func took(d time.Duration) string {
	switch {
	case d < 0:
		return "an unknown time"
	case d < 10*time.Second:
		return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + " ms"
	}
	return d.Round(time.Second).String()
}

// document gives a record as the trail has it, to be read by people and programs.
func document(r *audit.Record) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		// An input that is no JSON: everything else is still shown.
		less := *r
		less.Input = nil
		b.Reset()
		if e.Encode(&less) != nil {
			return nil
		}
	}
	return b.Bytes()
}

// fileName keeps of an id what a file may be called.
func fileName(id string) string {
	out := make([]byte, 0, 40)
	for i := 0; i < len(id) && len(out) < 40; i++ {
		if c := id[i]; c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			out = append(out, c)
		}
	}
	return string(out)
}
