package collect

import (
	"bytes"
	"net/http"
)

// For the fuzz tests, which are in a package of their own.

var (
	ReadParameters = readParameters
	WithProvenance = func(e Entry, s Source) []byte { return appendWithProvenance(nil, e, encoded(tagsOf(s))) }
	ReadStrict     = checkStrict
)

// ReadSearchset reads an answer as a visit of this source does.
func ReadSearchset(s Source, typ string, body []byte) (Part, bool) {
	v := &visit{source: s}
	a := &answer{search: all(typ), status: http.StatusOK}
	if !v.searchset(a, body) {
		return Part{}, false
	}
	return Part{Source: s, Status: Complete, Entries: a.entries, Cut: a.next != ""}, true
}

// ReadReason reads an OperationOutcome as a visit does.
func ReadReason(body []byte) (Reason, bool) {
	if checkStrict(body) != nil {
		return Reason{}, false
	}
	return readReason(body)
}

// Bundle writes parts as the operation does.
func Bundle(part Part) []byte {
	return bytes.Join(bundle([]Part{part}, map[string][]byte{part.Source.ID: entriesOf(part)}), nil)
}
