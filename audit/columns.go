package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Columns are the few fields of a record by which a store is asked. They are
// read out of the document itself, so that columns and document cannot differ.
type Columns struct {
	ID          string
	Broker      string
	TimeIn      time.Time
	Outcome     string
	Effect      string
	Reason      string // the first reason
	UserID      string
	UserOrg     string
	SessionID   string
	Source      string
	SourceOrg   string
	PatientHMAC string
}

var errNotObject = errors.New("not a JSON object with string keys")

// ReadColumns reads the columns out of a record's document, about ten times
// faster than decoding it (the shipper shares its processor with requests).
// Fields that it does not know are passed over, and it reads no further than
// source_org, the last column that AppendJSON writes. An error means that the
// document is not one of AppendJSON's.
func ReadColumns(document []byte) (Columns, error) {
	var c Columns
	s := scanner{in: document}
	if !s.take('{') {
		return c, fmt.Errorf("reading a record's columns: %w", errNotObject)
	}
	for c.SourceOrg == "" && !s.failed && !s.take('}') {
		key := s.span()
		if !s.take(':') {
			break
		}
		value := s.span()
		switch string(key) {
		case `"id"`:
			c.ID = text(value)
		case `"broker"`:
			c.Broker = text(value)
		case `"time_in"`:
			c.TimeIn, _ = time.Parse(time.RFC3339Nano, text(value))
		case `"outcome"`:
			c.Outcome = text(value)
		case `"effect"`:
			c.Effect = text(value)
		case `"reasons"`:
			if len(value) > 2 && value[0] == '[' {
				first := scanner{in: value[1:]}
				c.Reason = text(first.span())
			}
		case `"user_id"`:
			c.UserID = text(value)
		case `"user_org"`:
			c.UserOrg = text(value)
		case `"session_id"`:
			c.SessionID = text(value)
		case `"source"`:
			c.Source = text(value)
		case `"source_org"`:
			c.SourceOrg = text(value)
		case `"patient_hmac"`:
			c.PatientHMAC = text(value)
		}
		s.take(',')
	}
	if s.failed || c.ID == "" || c.TimeIn.IsZero() {
		return c, fmt.Errorf("reading a record's columns: %w", errNotObject)
	}
	return c, nil
}

// text reads a JSON string; anything else is "".
func text(value []byte) string {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	if bytes.IndexByte(value, '\\') >= 0 {
		var s string
		_ = json.Unmarshal(value, &s) // a string that cannot be read is left empty
		return s
	}
	return string(value[1 : len(value)-1])
}

// scanner walks over JSON that is known to be well formed: it finds where a
// value ends and nothing else.
type scanner struct {
	in     []byte
	at     int
	failed bool
}

func (s *scanner) take(c byte) bool {
	if s.at < len(s.in) && s.in[s.at] == c {
		s.at++
		return true
	}
	s.failed = s.failed || s.at >= len(s.in)
	return false
}

// span passes one value and gives its bytes.
func (s *scanner) span() []byte {
	start, depth := s.at, 0
	for ; s.at < len(s.in); s.at++ {
		switch s.in[s.at] {
		case '"':
			s.skipString()
			if s.failed {
				return nil
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth < 0 {
				return s.in[start:s.at]
			}
		case ',', ':':
			if depth == 0 {
				return s.in[start:s.at]
			}
		}
	}
	s.failed = true
	return nil
}

// skipString moves to the closing quote: the first with an even number of
// backslashes before it.
func (s *scanner) skipString() {
	for from := s.at + 1; ; {
		n := bytes.IndexByte(s.in[from:], '"')
		if n < 0 {
			s.failed = true
			return
		}
		end := from + n
		slashes := end
		for slashes > s.at+1 && s.in[slashes-1] == '\\' {
			slashes--
		}
		if (end-slashes)%2 == 0 {
			s.at = end
			return
		}
		from = end + 1
	}
}
