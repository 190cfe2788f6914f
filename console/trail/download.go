package trail

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/legible"
)

// line is one record as a list has it for programs: codes, and their words. The
// record as it was written is on its own page.
type line struct {
	Time         string         `json:"time"`  // RFC 3339, in UTC
	Local        string         `json:"local"` // in London, with its zone
	Record       string         `json:"record"`
	Outcome      string         `json:"outcome"`
	Action       string         `json:"action"`
	Person       string         `json:"person"`
	PersonName   string         `json:"person_name"`
	Role         string         `json:"role"`
	RoleName     string         `json:"role_name"`
	Organisation string         `json:"organisation"`
	OrgName      string         `json:"organisation_name"`
	PatientKey   string         `json:"patient_key"` // the same for one patient's records; it is no number
	Source       string         `json:"source"`
	HeldBy       string         `json:"held_by"`
	Type         string         `json:"resource_type"`
	Released     map[string]int `json:"released"`
	Withheld     map[string]int `json:"withheld"`
	Reasons      []string       `json:"reasons"`
	Rules        []string       `json:"rules"`
	Policies     string         `json:"policies"`
	Alert        bool           `json:"alert"`
	Visit        string         `json:"visit"`      // the same for all records of one visit
	By           string         `json:"by"`         // browser, program or terminal
	Collection   string         `json:"collection"` // the trace id: one opening, at however many sources
	Chain        string         `json:"chain"`
	Number       uint64         `json:"number"`
	Purpose      string         `json:"purpose_in_words"` // what the patient was asked for
	InWords      string         `json:"in_words"`
}

// list is a download for programs.
type list struct {
	Made     string               `json:"made"`
	Part     string               `json:"part"`
	Question string               `json:"question"`
	Complete bool                 `json:"complete"` // false: more records match than are here
	Logs     []retention.TreeHead `json:"logs"`     // the trail's Merkle logs as they were then
	Visits   int                  `json:"visits"`   // that the records are of
	Records  []line               `json:"records"`
	Notes    []string             `json:"notes"`
}

// cutNote stands where a file ends before the records do.
const cutNote = "More records match than this file holds. Ask for fewer days."

// download answers a search with a file of all that it finds, up to a bound.
func (t *Room) download(ctx context.Context, s audit.Scope, q question, p patient, l look) answer {
	narrow, filter := q.narrow(s)
	filter.Patient = p.Find
	logs := t.heads() // first: they hold nothing that came after the question
	visits, more, err := t.visits(ctx, narrow, filter)
	if err != nil {
		return t.trouble(err, l)
	}
	var notes []string
	if p.Chosen() {
		if notes, err = t.unfound(ctx, narrow, p); err != nil {
			return t.trouble(err, l)
		}
	}
	whole := !more && len(notes) == 0
	if t.cfg.Notice != "" {
		notes = append(notes, t.cfg.Notice)
	}
	var records []*audit.Record
	var lines []line
	for _, v := range visits {
		for _, r := range slices.Backward(v.Records) {
			records, lines = append(records, r), append(lines, t.line(r, v.ID))
		}
	}
	l.shows(records)
	name := "trail-" + t.cfg.Clock().In(page.London).Format("2006-01-02-1504")
	if q.Format == "json" {
		return answer{status: http.StatusOK, look: l, file: jsonFile(name, list{
			Made: t.cfg.Clock().UTC().Format(time.RFC3339), Part: t.partOf(s), Question: l.query,
			Complete: whole, Logs: logs, Visits: len(visits), Records: append([]line{}, lines...), Notes: append([]string{"Times are in UTC; local is the time in London."}, notes...),
		})}
	}
	return answer{status: http.StatusOK, look: l, file: csvFile(name, lineHead, append(rowsOf(lines, more, notes...), headRows(logs)...))}
}

// visits gives the newest visits that are asked for, with those of their records that the
// filter keeps, until there are as many records as a file may hold; and whether there are
// more. It never ends within a visit.
func (t *Room) visits(ctx context.Context, s audit.Scope, f audit.Filter) (all []audit.Visit, more bool, err error) {
	given := 0
	for before := ""; given < t.cfg.MostRows; {
		s.Limit = min(500, t.cfg.MostRows-given)
		found, err := t.cfg.Trail.Visits(ctx, s, f, before)
		if err != nil {
			return nil, false, err
		}
		for _, v := range found.Visits {
			more = more || v.Size > len(v.Records)
			v.Records = slices.DeleteFunc(v.Records, func(r *audit.Record) bool { return !f.Keeps(r) })
			if len(v.Records) > 0 { // of a very long one it may be among the older
				all, given = append(all, v), given+len(v.Records)
			}
		}
		if found.Older == "" || found.Older == before {
			return all, more, nil
		}
		before = found.Older
	}
	return all, true, nil
}

// line is a record of a visit.
func (t *Room) line(r *audit.Record, visit string) line {
	return line{
		Time: r.TimeIn.UTC().Format(time.RFC3339Nano), Local: r.TimeIn.In(page.London).Format("2006-01-02 15:04:05 MST"),
		Record: r.ID, Outcome: string(r.Outcome), Action: r.Action,
		Person: r.UserID, PersonName: r.UserName, Role: r.RoleCode, RoleName: r.RoleName,
		Organisation: r.UserOrg, OrgName: r.UserOrgName, PatientKey: t.keyOf(r),
		Source: r.Source, HeldBy: r.SourceOrg, Type: r.ResourceType, Released: orNone(r.Categories), Withheld: orNone(r.Withheld),
		Reasons: append([]string{}, r.Reasons...), Rules: append([]string{}, r.Rules...), Policies: r.Revision,
		Alert: r.Alert, Visit: visit, By: string(r.Hand()), Collection: r.TraceID, Chain: r.Broker, Number: r.Sequence, Purpose: r.PurposeWords, InWords: t.words.person(r) + " " + t.words.headline(r),
	}
}

// keyOf gives what is the same in all records of one patient: their HMAC under the
// current epoch of the keys, where the number can be read, else that of the record.
func (t *Room) keyOf(r *audit.Record) string {
	if patient, _ := t.cfg.Protector.FindSame(r); len(patient) > 0 {
		return patient[0]
	}
	return ""
}

func orNone(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return m
}

var lineHead = []string{
	"Time (UTC)", "Time (London)", "Record", "Outcome", "Action", "Person", "Name", "Role", "Role name", "Organisation", "Organisation name",
	"Patient key", "Source", "Held by", "Type", "Released", "Withheld", "Reasons", "Rules", "Policies", "Alert", "Visit", "By", "Collection", "Chain", "Number", "Purpose in words", "In words",
}

func rowsOf(lines []line, cut bool, notes ...string) [][]string {
	rows := make([][]string, 0, len(lines)+1)
	for _, l := range lines {
		rows = append(rows, []string{
			l.Time, l.Local, l.Record, l.Outcome, l.Action, l.Person, l.PersonName, l.Role, l.RoleName, l.Organisation, l.OrgName,
			l.PatientKey, l.Source, l.HeldBy, l.Type, countsOf(l.Released), countsOf(l.Withheld),
			strings.Join(l.Reasons, " "), strings.Join(l.Rules, " "), l.Policies, yes(l.Alert), l.Visit, l.By, l.Collection, l.Chain,
			strconv.FormatUint(l.Number, 10), l.Purpose, l.InWords,
		})
	}
	for _, note := range notes {
		rows = append(rows, []string{note})
	}
	if cut {
		rows = append(rows, []string{cutNote})
	}
	return rows
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// countsOf gives "12 laboratory, 3 medications".
func countsOf(m map[string]int) string {
	var parts []string
	for _, a := range amounts(m, func(code string) string { return code }) {
		parts = append(parts, strconv.Itoa(a.N)+" "+a.Code)
	}
	return strings.Join(parts, ", ")
}

func csvFile(name string, head []string, rows [][]string) *file {
	return &file{name: name + ".csv", kind: "text/csv; charset=utf-8; header=present", body: legible.Table(head, rows)}
}

func jsonFile(name string, document any) *file {
	body, err := json.MarshalIndent(document, "", " ")
	if err != nil {
		panic("trail: encoding strings and numbers: " + err.Error())
	}
	// For programs, and yet people open it: what is written out means the same (RFC 8259 section 7).
	return &file{name: name + ".json", kind: "application/json", body: []byte(legible.Lines(string(body)) + "\n")}
}
