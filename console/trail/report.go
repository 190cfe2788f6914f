package trail

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/console/page"
)

// patientPage is the form that asks for a report.
type patientPage struct {
	Question question
	Typed    string
	Part     string
	Faults   []fault
}

// Fault gives what is wrong with a field, "" when nothing is.
func (p patientPage) Fault(field string) string { return faultOf(p.Faults, field) }

// reportPage is "Who has accessed this record?".
type reportPage struct {
	Question      question
	Patient       patient
	Part, By      string
	Made          time.Time
	Visits, Looks []told
	People, Orgs  int  // who saw something
	Opened        int  // how often the record was asked for, in all visits
	Seen, Refused int  // visits in which something was seen; in which nothing was
	Whole         bool // the whole region's trail was asked
	Cut           bool
	CutAt         int
	Notes         []string // what could not be found
	Notice        string   // what stands on every page, for the files; see Config
	Logs          []retention.TreeHead
}

// askPatient shows the empty form. Nothing of the trail is in it.
func (t *Room) askPatient(_ context.Context, r *http.Request, _ *page.Person, s audit.Scope) answer {
	l := look{action: audit.LookAtPatient, query: "patient", part: s.SourceOrg}
	if r.URL.RawQuery != "" {
		return faulty([]fault{{"", "A patient’s number must not stand in an address. Give it in the form."}}, l)
	}
	return answer{status: http.StatusOK, name: "patient", data: patientPage{Part: t.partOf(s)}}
}

// report answers "Who has accessed this record?", within the person's part.
func (t *Room) report(ctx context.Context, r *http.Request, who *page.Person, s audit.Scope) answer {
	l := look{action: audit.LookAtPatient, query: "patient", part: s.SourceOrg}
	form, ok := posted(r)
	if !ok {
		return faulty([]fault{{"", "The form could not be read. A patient’s number must not stand in the address."}}, l)
	}
	q, faults := read(form, t.cfg.Clock(), "patient", "of")
	if len(faults) == 0 && q.narrower("format") {
		faults = append(faults, fault{"", "A report is of everything about the patient within some days. For less, use the search."})
	}
	l.query = q.words("patient")
	p, wrong, err := t.whom(ctx, form, s)
	if err != nil {
		return t.trouble(err, l)
	}
	if faults = append(faults, wrong...); len(faults) == 0 && !p.Chosen() {
		faults = append(faults, fault{"patient", "Enter the patient’s NHS number."})
	}
	if len(faults) > 0 {
		a := faulty(faults, l)
		a.name, a.data = "patient", patientPage{Question: q, Typed: cut(form.Get("patient"), maxText), Part: t.partOf(s), Faults: faults}
		return a
	}
	l.patient = p
	narrow, _ := q.narrow(s)
	logs := t.heads() // first: they hold nothing that came after the question
	visits, cut, err := t.visits(ctx, narrow, audit.Filter{Patient: p.Find})
	if err != nil {
		return t.trouble(err, l)
	}
	notes, err := t.unfound(ctx, narrow, p)
	if err != nil {
		return t.trouble(err, l)
	}
	data := t.reported(visits)
	data.Cut, data.Notes, data.Notice, data.Logs = cut, notes, t.cfg.Notice, logs
	data.Question, data.Patient, data.Part, data.By = q, p, t.partOf(s), by(who)
	data.Whole = s.SourceOrg == ""
	l.shows(recordsOf(visits))
	name := "who-has-accessed-this-record-" + data.Made.In(page.London).Format("2006-01-02")
	a := answer{status: http.StatusOK, name: "report", data: data, look: l}
	switch q.Format {
	case "csv":
		a.file = csvFile(name, visitHead, visitRows(data))
	case "json":
		a.file = jsonFile(name, visitDocument(data))
	}
	return a
}

// reported tells visits, and counts who saw something.
func (t *Room) reported(visits []audit.Visit) reportPage {
	data := reportPage{Made: t.cfg.Clock()}
	people, orgs := map[string]bool{}, map[string]bool{}
	for _, v := range visits {
		data.CutAt += len(v.Records)
		told := t.words.visit(v)
		if v.Looks {
			data.Looks = append(data.Looks, told)
			continue
		}
		data.Visits, data.Opened = append(data.Visits, told), data.Opened+v.Openings
		switch {
		case told.Shown():
			data.Seen++
			people[v.UserID], orgs[v.UserOrg] = true, true
		default:
			data.Refused++
		}
	}
	data.People, data.Orgs = len(people), len(orgs)
	return data
}

// by names who made a report, for its foot.
func by(who *page.Person) string {
	s := who.Subject
	return strings.Join([]string{cmp.Or(s.Name, s.UserID), cmp.Or(s.RoleName, s.Role.String()), cmp.Or(s.OrgName, s.Organisation.String())}, ", ")
}

// When gives the time of a visit: "14:05 to 14:09 GMT", or one time when it was short.
func (v told) When() string {
	from, until := v.From.In(page.London), v.Until.In(page.London)
	start := from.Format("15:04")
	switch {
	case from.Format("2006-01-02") != until.Format("2006-01-02"):
		return page.Moment(v.From) + " to " + page.Moment(v.Until)
	case until.Format("15:04") == start:
		return from.Format("2 January 2006, 15:04 MST")
	}
	return from.Format("2 January 2006, 15:04") + " to " + until.Format("15:04 MST")
}

var visitHead = []string{"From (London)", "Until (London)", "What", "Name", "Role", "Organisation", "Record held by", "Saw", "Why",
	"Not shown, because", "What you said", "Some information withheld", "Something failed", "Records", "Times opened", "In order", "By", "Visit"}

func visitRows(d reportPage) [][]string {
	var rows [][]string
	for _, v := range append(append([]told{}, d.Visits...), d.Looks...) {
		rows = append(rows, []string{
			v.From.In(page.London).Format("2006-01-02 15:04:05 MST"), v.Until.In(page.London).Format("2006-01-02 15:04:05 MST"), v.What(),
			v.Person, v.Role, v.Org, strings.Join(v.Held, "; "), strings.Join(v.Saw, "; "), strings.Join(v.Why, " "),
			strings.Join(v.Refused, " "), strings.Join(v.Said, " "), yes(v.Some), yes(v.Broke), strconv.Itoa(v.Size),
			strconv.Itoa(v.Openings), strings.Join(v.Course, " "), strings.Join(v.Hands, "; "), v.ID,
		})
	}
	for _, note := range d.told() {
		rows = append(rows, []string{note})
	}
	if d.Cut {
		rows = append(rows, []string{"There are older records than this file holds. Ask for some days only."})
	}
	return append(rows, headRows(d.Logs)...)
}

// told are the notes of a file: a page has the notice above it. Nothing is missing for a
// notice's sake, so the file is as complete with it as without.
func (d reportPage) told() []string {
	if d.Notice == "" {
		return d.Notes
	}
	return append(slices.Clone(d.Notes), d.Notice)
}

// What says in a word what a visit was.
func (v told) What() string {
	switch {
	case v.Looks:
		return "looked at this list"
	case v.Shown():
		return "saw something"
	case v.Nothing:
		return "looked, nothing was there"
	case v.Released > 0:
		return "looked, all of it was withheld"
	case len(v.Refused) > 0:
		return "was refused"
	case v.Broke:
		return "saw nothing, since something failed"
	}
	return "recorded what you said"
}

// visit is one visit for programs.
type visit struct {
	From         string   `json:"from"` // RFC 3339, in UTC
	Until        string   `json:"until"`
	What         string   `json:"what"`
	Person       string   `json:"person"`
	Role         string   `json:"role"`
	Organisation string   `json:"organisation"`
	HeldBy       []string `json:"held_by"`
	Saw          []string `json:"saw"`
	Why          []string `json:"why"`
	NotShown     []string `json:"not_shown_because"`
	Said         []string `json:"you_said"`
	Withheld     bool     `json:"some_information_withheld"`
	Failed       bool     `json:"something_failed"`
	Visit        string   `json:"visit"`        // as the lines of a list have it
	Openings     int      `json:"times_opened"` // of the record, or of the list
	Course       []string `json:"in_order"`     // before and after each answer; none: there was no answer between
	By           []string `json:"by"`           // browser, program, terminal
	Requests     int      `json:"requests"`
	Records      []string `json:"records"`
}

func visitDocument(d reportPage) any {
	each := func(all []told) []visit {
		out := make([]visit, 0, len(all))
		for _, v := range all {
			one := visit{
				From: v.From.UTC().Format(time.RFC3339), Until: v.Until.UTC().Format(time.RFC3339), What: v.What(),
				Person: v.Person, Role: v.Role, Organisation: v.Org, HeldBy: v.Held, Saw: v.Saw, Why: v.Why,
				NotShown: v.Refused, Said: v.Said, Withheld: v.Some, Failed: v.Broke,
				Visit: v.ID, Openings: v.Openings, Course: v.Course, By: v.Hands, Requests: v.Size,
			}
			for _, r := range v.Records {
				one.Records = append(one.Records, r.ID)
			}
			out = append(out, one)
		}
		return out
	}
	return struct {
		Made     string               `json:"made"`
		By       string               `json:"by"`
		Part     string               `json:"part"`
		From     string               `json:"from"`
		To       string               `json:"to"`
		Complete bool                 `json:"complete"`
		Logs     []retention.TreeHead `json:"logs"` // none: not known
		Visits   []visit              `json:"visits"`
		Looks    []visit              `json:"looks_at_this_list"`
		Notes    []string             `json:"notes,omitempty"`
	}{d.Made.UTC().Format(time.RFC3339), d.By, d.Part, d.Question.From, d.Question.To, !d.Cut && len(d.Notes) == 0, d.Logs, each(d.Visits), each(d.Looks), d.told()}
}
