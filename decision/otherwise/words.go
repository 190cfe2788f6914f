package otherwise

import (
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision/internal/rego"
	"github.com/mycarerecord/mcr/fhirdate"
)

const (
	minute = 60
	hour   = 60 * minute
	day    = 24 * hour
	never  = rego.Forever
)

// moment is a time as people in England write it.
func moment(seconds int64) string {
	return time.Unix(seconds, 0).In(fhirdate.London).Format("15:04 on 2 January 2006")
}

// bracketed is " (a, b)" of what there is.
func bracketed(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p != "" {
			some = append(some, p)
		}
	}
	if len(some) == 0 {
		return ""
	}
	return " (" + strings.Join(some, ", ") + ")"
}

// named is a word with the id of the entry, when it has one.
func named(word, id string) string {
	if id == "" {
		return word
	}
	return word + " " + id
}

// organisation is the asker's organisation.
func (s *scene) organisation() string {
	if s.own == "" {
		return "the professional’s organisation"
	}
	return s.own
}
