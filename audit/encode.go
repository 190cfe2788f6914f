package audit

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// AppendJSON writes r to dst as encoding/json would (fields, order, omitted
// empties, sorted keys; without HTML escaping), but without reflection and
// within the bounds of bounds.go. Times are written in UTC. The result is always
// valid JSON on one line, whatever the fields hold.
func AppendJSON(dst []byte, r *Record) []byte {
	e := encoder{dst: dst}
	e.raw(`{"schema":`)
	e.int(int64(r.Schema))
	e.text(`,"id":`, r.ID, maxShort)
	e.text(`,"broker":`, r.Broker, maxShort)
	if r.Sequence != 0 {
		e.raw(`,"sequence":`)
		e.dst = strconv.AppendUint(e.dst, r.Sequence, 10)
	}
	e.time(`,"time_in":`, r.TimeIn)
	e.time(`,"time_out":`, r.TimeOut)
	e.optional(`,"trace_id":`, r.TraceID, maxShort)
	e.optionalList(`,"correlation":`, r.Correlation, maxItems)
	e.optional(`,"salt":`, r.Salt, maxShort)

	e.text(`,"outcome":`, string(r.Outcome), maxShort)
	e.raw(`,"status":`)
	e.int(int64(r.Status))
	e.optional(`,"effect":`, r.Effect, maxShort)
	e.raw(`,"reasons":`)
	e.list(r.Reasons, maxItems)
	e.optionalList(`,"rules":`, r.Rules, maxItems)
	e.optional(`,"policy_revision":`, r.Revision, maxShort)
	e.optional(`,"policy_digest":`, r.Digest, maxShort)
	e.optional(`,"own_policy_digest":`, r.Own, maxShort)
	if r.Alert {
		e.raw(`,"alert":true`)
	}

	e.optional(`,"user_id":`, r.UserID, maxShort)
	e.optional(`,"user_name":`, r.UserName, maxText)
	e.optional(`,"role_code":`, r.RoleCode, maxShort)
	e.optional(`,"role_name":`, r.RoleName, maxText)
	e.optional(`,"user_org":`, r.UserOrg, maxShort)
	e.optional(`,"user_org_name":`, r.UserOrgName, maxText)
	e.optional(`,"client":`, r.Client, maxText)
	e.optional(`,"token_id":`, r.TokenID, maxShort)
	e.optional(`,"session_id":`, r.SessionID, maxShort)
	e.optional(`,"issuer":`, r.Issuer, maxText)
	e.optional(`,"assurance":`, r.Assurance, maxShort)
	e.optional(`,"purpose":`, r.Purpose, maxText)
	e.optional(`,"client_ip":`, r.ClientIP, maxShort)
	e.optional(`,"user_agent":`, r.UserAgent, maxText)
	e.optional(`,"via":`, r.Via, maxText)
	e.optional(`,"via_ip":`, r.ViaIP, maxShort)
	e.optional(`,"patient_hmac":`, r.PatientHMAC, maxShort)
	e.optional(`,"patient_shown":`, r.PatientShown, maxShort)
	e.optional(`,"patient_epoch":`, r.PatientEpoch, maxShort)

	e.text(`,"source":`, r.Source, maxShort)
	e.text(`,"source_org":`, r.SourceOrg, maxShort)

	e.optional(`,"action":`, r.Action, maxShort)
	e.optional(`,"interaction":`, r.Interaction, maxShort)
	e.optional(`,"resource_type":`, r.ResourceType, maxShort)
	e.optional(`,"query":`, r.Query, maxLong)

	e.counts(`,"released_categories":`, r.Categories)
	e.counts(`,"released_types":`, r.Types)
	e.optionalList(`,"released_resources":`, r.Resources, maxResources)
	e.counts(`,"withheld":`, r.Withheld)
	e.counts(`,"causes":`, r.Causes)
	e.optional(`,"document_type":`, r.DocumentType, maxShort)
	if r.DocumentBytes != 0 {
		e.raw(`,"document_bytes":`)
		e.int(r.DocumentBytes)
	}
	e.optional(`,"document_sha256":`, r.DocumentDigest, maxShort)
	if r.SourceStatus != 0 {
		e.raw(`,"source_status":`)
		e.int(int64(r.SourceStatus))
	}
	e.raw(`,"bytes_received":`)
	e.int(r.BytesReceived)
	e.raw(`,"bytes_released":`)
	e.int(r.BytesReleased)

	e.optional(`,"permission_id":`, r.Permission, maxShort)
	e.optional(`,"relationship_id":`, r.Relationship, maxShort)
	e.optional(`,"order_id":`, r.Order, maxShort)
	e.optional(`,"emergency_id":`, r.Emergency, maxShort)
	e.optional(`,"emergency_reason":`, r.EmergencyReason, maxLong)
	e.optional(`,"purpose_words":`, r.PurposeWords, maxLong)
	e.optional(`,"opt_out_id":`, r.OptOut, maxShort)

	e.input(r.Input)
	e.spent(&r.Spent)
	if r.Erased != nil {
		e.text(`,"erased":{"whose":`, string(r.Erased.Whose), maxShort)
		e.text(`,"entry":`, r.Erased.Entry, maxShort)
		e.raw("}")
	}
	return append(e.dst, '}')
}

// encoder appends the parts of a record. A key comes with its comma and colon,
// so that one append writes all of it.
type encoder struct{ dst []byte }

func (e *encoder) raw(s string) { e.dst = append(e.dst, s...) }

func (e *encoder) int(n int64) { e.dst = strconv.AppendInt(e.dst, n, 10) }

func (e *encoder) text(key, s string, bound int) {
	e.dst = appendQuoted(append(e.dst, key...), s, bound)
}

func (e *encoder) optional(key, s string, bound int) {
	if s != "" {
		e.text(key, s, bound)
	}
}

// time writes RFC 3339. A year that RFC 3339 cannot hold is written as the zero
// time: a wrong clock must not make a record that cannot be read.
func (e *encoder) time(key string, t time.Time) {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		t = time.Time{}
	}
	e.dst = append(append(e.dst, key...), '"')
	e.dst = append(t.AppendFormat(e.dst, time.RFC3339Nano), '"')
}

func (e *encoder) optionalList(key string, items []string, bound int) {
	if len(items) > 0 {
		e.raw(key)
		e.list(items, bound)
	}
}

func (e *encoder) list(items []string, bound int) {
	if items == nil {
		e.raw("null")
		return
	}
	from, left := len(e.dst), 0
	e.dst = append(e.dst, '[')
	for i, s := range items {
		if i > 0 {
			e.dst = append(e.dst, ',')
		}
		if i == bound-1 && len(items) > bound || len(e.dst)-from > maxListBytes {
			left = len(items) - i
			break
		}
		e.dst = appendQuoted(e.dst, s, maxShort)
	}
	if left > 0 {
		e.dst = append(appendMark(append(e.dst, '"'), left), '"')
	}
	e.dst = append(e.dst, ']')
}

func (e *encoder) counts(key string, m map[string]int) {
	if len(m) == 0 {
		return
	}
	var room [16]string
	names := room[:0]
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	left := 0
	if len(names) > maxKeys {
		for _, name := range names[maxKeys-1:] {
			left += m[name]
		}
		names = names[:maxKeys-1]
	}
	e.raw(key)
	for i, name := range names {
		e.dst = append(e.dst, "{,"[min(i, 1)])
		e.dst = append(appendQuoted(e.dst, name, maxShort), ':')
		e.int(int64(m[name]))
	}
	if left > 0 {
		e.raw(`,"…[cut]":`)
		e.int(int64(left))
	}
	e.dst = append(e.dst, '}')
}

// input writes the policies' input, which is JSON already. It comes from our own
// decision point, and is checked all the same: one byte out of place would make
// the record unreadable for ever.
func (e *encoder) input(in json.RawMessage) {
	if len(in) == 0 {
		return
	}
	e.raw(`,"input":`)
	if len(in) > maxInput {
		e.raw(`{"cut":`)
		e.int(int64(len(in)))
		e.dst = append(e.dst, '}')
		return
	}
	var ok bool
	if e.dst, ok = appendCompact(e.dst, in); !ok {
		e.dst = appendQuoted(e.dst, string(in), maxLong)
	}
}

func (e *encoder) spent(s *Spent) {
	e.raw(`,"spent_us":{"parse":`)
	e.int(s.Parse)
	e.raw(`,"token":`)
	e.int(s.Token)
	e.raw(`,"gather":`)
	e.int(s.Gather)
	e.raw(`,"decide":`)
	e.int(s.Decide)
	e.raw(`,"fetch":`)
	e.int(s.Fetch)
	e.raw(`,"filter":`)
	e.int(s.Filter)
	e.dst = append(e.dst, '}')
}
