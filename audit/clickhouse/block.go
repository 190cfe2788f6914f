package clickhouse

import (
	"encoding/json"
	"strconv"
	"time"
	"unsafe"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/retention"
)

// block is a batch as columns, which is how it travels. Its slices are used again for
// the next batch, and its texts are parts of the batch's own documents: a row costs no
// memory of its own.
type block struct {
	seqs                []uint64
	hashes              []string
	in, out, delivered  []time.Time
	texts               [texts][]string
	statuses            []uint16
	alerts              []bool
	released            []uint64
	packed              []byte // of all rows, one behind the other
	ends                []int
	packedTexts, broker []string
	forms               map[string]string // each once

	// What one row's document is cut by.
	form                   []byte
	v                      values
	timeIn, timeOut        [40]byte // with room for all digits that formatting writes
	seconds, bytesReleased [20]byte
	record                 audit.Record // of which only the class is asked
}

// mostForms is how many forms are kept from one batch to the next: there are some hundreds.
const mostForms = 10_000

// The columns of text, by index.
const (
	textID = iota
	textOutcome
	textEffect
	textReason
	textUserID
	textUserOrg
	textSource
	textSourceOrg
	textPatient
	textTrace
	textSalt
	textUserName
	textRole
	textRoleName
	textUserOrgName
	textToken
	textClientIP
	textUserAgent
	textPatientShown
	textPurpose
	textAction
	textInteraction
	textType
	textPolicy
	textDigest
	textPermission
	textEmergency
	textEmergencyReason
	textRelationship
	textResources
	textReasons
	textRules
	textCategories
	textWithheld
	textSpent
	textClass
	textEpoch
	textForm
	textFacts
	textSession
	texts
)

// column is a column of text: its name, the field of the document that it is read
// from, "" for those that audit.Columns has, whether it takes the field's JSON as it is
// written, and the mark that it is cut by, 0 for none.
type column struct {
	name, field string
	raw         bool
	mark        int
}

var columns = [texts]column{
	textID:              {"id", "", false, markID},
	textOutcome:         {"outcome", "", false, 0},
	textEffect:          {"effect", "", false, 0},
	textReason:          {"reason", "", false, 0},
	textUserID:          {"user_id", "", false, markUserID},
	textUserOrg:         {"user_org", "", false, markUserOrg},
	textSource:          {"source", "", false, markSource},
	textSourceOrg:       {"source_org", "", false, markSourceOrg},
	textPatient:         {"patient_hmac", "", false, markPatient},
	textTrace:           {"trace_id", "trace_id", false, markTrace},
	textSalt:            {"salt", "salt", false, markSalt},
	textUserName:        {"user_name", "user_name", false, markUserName},
	textRole:            {"role_code", "role_code", false, markRole},
	textRoleName:        {"role_name", "role_name", false, markRoleName},
	textUserOrgName:     {"user_org_name", "user_org_name", false, markUserOrgName},
	textToken:           {"token_id", "token_id", false, markToken},
	textClientIP:        {"client_ip", "client_ip", false, markClientIP},
	textUserAgent:       {"user_agent", "user_agent", false, markUserAgent},
	textPatientShown:    {"patient_shown", "patient_shown", false, markPatientShown},
	textPurpose:         {"purpose", "purpose", false, 0},
	textAction:          {"action", "action", false, 0},
	textInteraction:     {"interaction", "interaction", false, 0},
	textType:            {"resource_type", "resource_type", false, markType},
	textPolicy:          {"policy", "policy_revision", false, markPolicy},
	textDigest:          {"policy_digest", "policy_digest", false, markDigest},
	textPermission:      {"permission_id", "permission_id", false, markPermission},
	textEmergency:       {"emergency_id", "emergency_id", false, 0},
	textEmergencyReason: {"emergency_reason", "emergency_reason", false, 0},
	textRelationship:    {"relationship_id", "relationship_id", false, markRelationship},
	textResources:       {"released_resources", "released_resources", true, markResources},
	textReasons:         {"reasons_json", "reasons", true, 0},
	textRules:           {"rules_json", "rules", true, 0},
	textCategories:      {"categories_json", "released_categories", true, 0},
	textWithheld:        {"withheld_json", "withheld", true, 0},
	textSpent:           {"spent_json", "spent_us", true, markSpent},
	textClass:           {"class", "", false, 0},
	textEpoch:           {"patient_epoch", "patient_epoch", false, 0},
	textForm:            {"form", "", false, 0},
	textFacts:           {"facts", "", true, 0},
	textSession:         {"session_id", "session_id", false, markSession},
}

// noText is of fields that no column of text is read from.
const noText = -1

// field is what a field of a document is to a row: its column of text or noText, and what it
// is to the form.
type field struct{ text, is int }

var fields = func() map[string]field {
	all := map[string]field{
		"id": {noText, markID}, "broker": {noText, markBroker}, "time_in": {noText, markTimeIn}, "time_out": {noText, markTimeOut},
		"user_id": {noText, markUserID}, "user_org": {noText, markUserOrg}, "source": {noText, markSource}, "source_org": {noText, markSourceOrg},
		"patient_hmac": {noText, markPatient}, "bytes_released": {noText, markReleased}, "input": {noText, isInput}, "status": {noText, isStatus},
		"alert": {noText, isAlert},
	}
	for i, c := range columns {
		if c.field != "" {
			all[c.field] = field{i, c.mark}
		}
	}
	for _, word := range []string{
		"schema", "outcome", "effect", "reasons", "rules", "issuer", "assurance", "purpose", "action", "interaction", "document_type",
		"source_status", "patient_epoch",
	} {
		f, known := all[word]
		if !known {
			f.text = noText
		}
		f.is = isWord
		all[word] = f
	}
	for name, f := range all {
		if f.is == 0 {
			f.is = isOwn
			all[name] = f
		}
	}
	return all
}()

// insertion is the statement; the order of its columns is that of block.all.
var insertion = func() string {
	statement := "INSERT INTO records (broker, seq, hash, time_in, time_out, delivered_at, status, alert, bytes_released, packed"
	for _, c := range columns {
		statement += ", " + c.name
	}
	return statement + ")"
}()

// fill makes the block of a batch.
func (k *block) fill(b audit.Batch, now time.Time) {
	k.seqs, k.hashes, k.in, k.out, k.delivered = k.seqs[:0], k.hashes[:0], k.in[:0], k.out[:0], k.delivered[:0]
	k.statuses, k.alerts, k.released, k.packed, k.ends = k.statuses[:0], k.alerts[:0], k.released[:0], k.packed[:0], k.ends[:0]
	k.packedTexts, k.broker = k.packedTexts[:0], k.broker[:0]
	for i := range k.texts {
		k.texts[i] = k.texts[i][:0]
	}
	if k.forms == nil || len(k.forms) > mostForms {
		k.forms = map[string]string{}
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		k.broker = append(k.broker, b.Broker)
		k.seqs, k.hashes, k.delivered = append(k.seqs, e.Seq), append(k.hashes, view(e.Hash[:])), append(k.delivered, now)
		k.row(e.Payload, b.Broker, &b.Columns[i])
	}
	from := 0
	for _, end := range k.ends {
		k.packedTexts = append(k.packedTexts, view(k.packed[from:end]))
		from = end
	}
}

// row reads a document, once, and appends what stands in columns.
func (k *block) row(document []byte, broker string, c *audit.Columns) {
	row := [texts]string{
		textID: c.ID, textOutcome: c.Outcome, textEffect: c.Effect, textReason: c.Reason, textUserID: c.UserID,
		textUserOrg: c.UserOrg, textSource: c.Source, textSourceOrg: c.SourceOrg, textPatient: c.PatientHMAC,
	}
	k.v = values{}
	v := &k.v
	for i := range k.texts {
		if columns[i].field == "" && columns[i].mark != 0 {
			v[columns[i].mark] = bytesOf(row[i])
		}
	}
	in, out := storable(c.TimeIn), storable(time.Time{})
	var status, released uint64
	alert := false
	v[markBroker], v[markTimeIn] = bytesOf(broker), in.AppendFormat(k.timeIn[:0], markedTime)
	v[markSeconds] = strconv.AppendInt(k.seconds[:0], in.Unix(), 10)
	cut := cutter{document: document, v: v, form: k.form[:0], own: k.packed}
	for read := audit.ReadFields(document); read.Next(); {
		f, known := fields[string(read.Key)]
		if !known {
			f = field{noText, isOwn}
		}
		if f.is == isInput && read.Enter() {
			cut.input(&read)
			continue
		}
		value := read.Value()
		switch {
		case f.text == noText:
		case columns[f.text].raw:
			row[f.text] = view(value)
			v[columns[f.text].mark] = value
		default:
			row[f.text] = text(value)
			v[columns[f.text].mark] = bytesOf(row[f.text])
		}
		switch f.is {
		case isStatus:
			status, _ = strconv.ParseUint(view(value), 10, 16) // 0 when it is none: as for all others
		case isAlert:
			alert = string(value) == "true"
		case markReleased:
			released, _ = strconv.ParseUint(view(value), 10, 64)
			v[markReleased] = strconv.AppendUint(k.bytesReleased[:0], released, 10)
		case markTimeOut:
			out, _ = time.Parse(time.RFC3339Nano, text(value))
			out = storable(out)
			v[markTimeOut] = out.AppendFormat(k.timeOut[:0], markedTime)
		case markSpent:
			if !spentAsCut(row[textSpent]) {
				v[markSpent] = nil
			}
		}
		cut.field(f.is, value)
	}
	v[0] = nil
	row[textForm] = k.pack(&cut)
	if row[textForm] != "" {
		row[textFacts] = view(v[markFacts])
	}
	k.record.Action, k.record.Emergency, k.record.Outcome = row[textAction], row[textEmergency], audit.Outcome(row[textOutcome])
	row[textClass] = string(retention.ClassOf(&k.record))
	for i := range k.texts {
		k.texts[i] = append(k.texts[i], row[i])
	}
	k.ends = append(k.ends, len(k.packed))
	k.in, k.out = append(k.in, in), append(k.out, out)
	k.statuses, k.released, k.alerts = append(k.statuses, uint16(status)), append(k.released, released), append(k.alerts, alert)
}

// all gives the columns in the order of insertion.
func (k *block) all() []any {
	all := []any{k.broker, k.seqs, k.hashes, k.in, k.out, k.delivered, k.statuses, k.alerts, k.released, k.packedTexts}
	for i := range k.texts {
		all = append(all, k.texts[i])
	}
	return all
}

// spentAsCut says whether the server writes spent_us again as it is written here: the
// six steps, each a number that is not negative.
func spentAsCut(spent string) bool {
	for i, step := range [...]string{`{"parse":`, `,"token":`, `,"gather":`, `,"decide":`, `,"fetch":`, `,"filter":`} {
		if len(spent) < len(step) || spent[:len(step)] != step {
			return false
		}
		spent = spent[len(step):]
		digits := 0
		for digits < len(spent) && spent[digits] >= '0' && spent[digits] <= '9' {
			digits++
		}
		if digits == 0 || digits > 18 || digits > 1 && spent[0] == '0' {
			return false
		}
		if spent = spent[digits:]; i == 5 {
			return spent == "}"
		}
	}
	return false
}

// text reads a JSON string; anything else is "".
func text(value []byte) string {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	for _, c := range value {
		if c == '\\' {
			var s string
			_ = json.Unmarshal(value, &s) // a string that cannot be read is left empty
			return s
		}
	}
	return view(value[1 : len(value)-1])
}

// view gives bytes as a text without a copy: they do not change while a batch is on
// its way.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf is view, the other way round.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// storable gives a time that DateTime64(6) can hold.
func storable(t time.Time) time.Time {
	if y := t.Year(); y < 1970 || y > 2200 {
		return time.Unix(0, 0).UTC()
	}
	return t.UTC()
}
