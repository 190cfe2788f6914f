package audit

import (
	"encoding/json"
	"fmt"
)

// ReadTraits reads out of a record's document what it has in common with many
// others: how it ended and why, by which rules, from which organisation in which
// role, at which source, to do what. It appends that to dst as a document of its
// own, the same bytes for records of the same kind, which ParseTraits reads; and
// it gives the trace id, which is the record's own. A store that keeps the kinds
// once, and of each record only which it is, counts without reading documents.
// An error means that the document is not one of AppendJSON's.
func ReadTraits(dst, document []byte) (kind []byte, trace string, err error) {
	s, from := scanner{in: document}, len(dst)
	if !s.take('{') {
		return dst, "", fmt.Errorf("reading a record's traits: %w", errNotObject)
	}
	dst = append(dst, '{')
	for !s.failed && !s.take('}') {
		key := s.span()
		if !s.take(':') {
			break
		}
		if string(key) == `"input"` {
			break // long, and nothing that is looked for comes after it
		}
		value := s.span()
		switch string(key) {
		case `"trace_id"`:
			trace = text(value)
		case `"outcome"`, `"reasons"`, `"rules"`, `"policy_revision"`, `"alert"`, `"role_code"`, `"user_org"`, `"patient_epoch"`, `"source"`, `"source_org"`, `"action"`:
			dst = appendTrait(dst, key, value)
		case `"withheld"`: // that it was, not what
			dst = appendTrait(dst, key, []byte(`{"":1}`))
		case `"emergency_id"`: // that there was one
			dst = appendTrait(dst, key, []byte(`"declared"`))
		}
		s.take(',')
	}
	if s.failed || len(dst) == from+1 {
		return dst[:from], "", fmt.Errorf("reading a record's traits: %w", errNotObject)
	}
	return append(dst, '}'), trace, nil
}

func appendTrait(dst, key, value []byte) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(append(append(dst, key...), ':'), value...)
}

// ParseTraits gives a record that has the traits and nothing else: every Measure,
// Scope.HoldsKind, Filter.KeepsKind and, the user and the time apart, every
// Dimension say of it what they say of the records of its kind.
func ParseTraits(kind []byte) (*Record, error) {
	r := new(Record)
	if err := json.Unmarshal(kind, r); err != nil {
		return nil, fmt.Errorf("reading traits: %w", err)
	}
	return r, nil
}
