package trail

import (
	"context"
	"encoding/json"
	"net/http"
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
	Collection   string         `json:"collection"` // the trace id: one visit to many sources
	Chain        string         `json:"chain"`
	Number       uint64         `json:"number"`
	InWords      string         `json:"in_words"`
}

// list is a download for programs.
type list struct {
	Made     string               `json:"made"`
	Part     string               `json:"part"`
	Question string               `json:"question"`
	Complete bool                 `json:"complete"` // false: more records match than are here
	Logs     []retention.TreeHead `json:"logs"`     // the trail's Merkle logs as they were then
	Records  []line               `json:"records"`
	Notes    []string             `json:"notes"`
}

// cutNote stands where a file ends before the records do.
const cutNote = "More records match than this file holds. Ask for fewer days."

// download answers a search with a file of all that it finds, up to a bound.
func (t *Room) download(ctx context.Context, s audit.Scope, q question, p patient, l look) answer {
	narrow, filter := q.narrow(s)
	filter.Patient = p.Find
	narrow.Limit = 1000
	logs := t.heads() // first: they hold nothing that came after the question
	var records []*audit.Record
	before, more := "", true
	for more && len(records) < t.cfg.MostRows {
		narrow.Limit = min(narrow.Limit, t.cfg.MostRows-len(records))
		found, err := t.cfg.Trail.Search(ctx, narrow, filter, before)
		if err != nil {
			return t.trouble(err, l)
		}
		records = append(records, found.Records...)
		more, before = found.Older != "" && found.Older != before, found.Older
	}
	var notes []string
	if p.Chosen() {
		var err error
		if notes, err = t.unfound(ctx, narrow, p); err != nil {
			return t.trouble(err, l)
		}
	}
	l.shows(records)
	name := "trail-" + t.cfg.Clock().In(page.London).Format("2006-01-02-1504")
	lines := make([]line, len(records))
	for i, r := range records {
		lines[i] = t.line(r)
	}
	if q.Format == "json" {
		return answer{status: http.StatusOK, look: l, file: jsonFile(name, list{
			Made: t.cfg.Clock().UTC().Format(time.RFC3339), Part: t.partOf(s), Question: l.query,
			Complete: !more && len(notes) == 0, Logs: logs, Records: lines, Notes: append([]string{"Times are in UTC; local is the time in London."}, notes...),
		})}
	}
	return answer{status: http.StatusOK, look: l, file: csvFile(name, lineHead, append(rowsOf(lines, more, notes...), headRows(logs)...))}
}

func (t *Room) line(r *audit.Record) line {
	return line{
		Time: r.TimeIn.UTC().Format(time.RFC3339Nano), Local: r.TimeIn.In(page.London).Format("2006-01-02 15:04:05 MST"),
		Record: r.ID, Outcome: string(r.Outcome), Action: r.Action,
		Person: r.UserID, PersonName: r.UserName, Role: r.RoleCode, RoleName: r.RoleName,
		Organisation: r.UserOrg, OrgName: r.UserOrgName, PatientKey: t.keyOf(r),
		Source: r.Source, HeldBy: r.SourceOrg, Type: r.ResourceType, Released: orNone(r.Categories), Withheld: orNone(r.Withheld),
		Reasons: append([]string{}, r.Reasons...), Rules: append([]string{}, r.Rules...), Policies: r.Revision,
		Alert: r.Alert, Collection: r.TraceID, Chain: r.Broker, Number: r.Sequence, InWords: t.words.person(r) + " " + t.words.headline(r),
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
	"Patient key", "Source", "Held by", "Type", "Released", "Withheld", "Reasons", "Rules", "Policies", "Alert", "Collection", "Chain", "Number", "In words",
}

func rowsOf(lines []line, cut bool, notes ...string) [][]string {
	rows := make([][]string, 0, len(lines)+1)
	for _, l := range lines {
		rows = append(rows, []string{
			l.Time, l.Local, l.Record, l.Outcome, l.Action, l.Person, l.PersonName, l.Role, l.RoleName, l.Organisation, l.OrgName,
			l.PatientKey, l.Source, l.HeldBy, l.Type, countsOf(l.Released), countsOf(l.Withheld),
			strings.Join(l.Reasons, " "), strings.Join(l.Rules, " "), l.Policies, yes(l.Alert), l.Collection, l.Chain,
			strconv.FormatUint(l.Number, 10), l.InWords,
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
