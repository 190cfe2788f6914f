package fhirserver

import (
	"errors"
	"math"
	"strings"
	"time"
)

var errDate = errors.New("not a FHIR date")

// span is the half-open range of instants that a date of some precision stands
// for, in nanoseconds (FHIR R4 §3.1.1.4.6: implicit range).
type span struct{ from, until int64 }

// parseSpan reads a date, dateTime or instant. A date without a zone is taken
// as UTC.
func parseSpan(s string) (span, error) {
	if !strings.Contains(s, "T") {
		for _, p := range []struct {
			layout              string
			years, months, days int
		}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
			if len(s) != len(p.layout) {
				continue
			}
			t, err := time.Parse(p.layout, s)
			if err != nil {
				return span{}, errDate
			}
			return span{t.UnixNano(), t.AddDate(p.years, p.months, p.days).UnixNano()}, nil
		}
		return span{}, errDate
	}
	for _, p := range []struct {
		layout string
		width  time.Duration
	}{
		{time.RFC3339, time.Second}, {"2006-01-02T15:04Z07:00", time.Minute},
		{"2006-01-02T15:04:05", time.Second}, {"2006-01-02T15:04", time.Minute},
	} {
		if t, err := time.Parse(p.layout, s); err == nil {
			if t.Nanosecond() != 0 {
				p.width = time.Millisecond
			}
			return span{t.UnixNano(), t.Add(p.width).UnixNano()}, nil
		}
	}
	return span{}, errDate
}

// spanOf reads a date or a Period; an open end reaches for ever.
func spanOf(v any) (span, bool) {
	switch v := v.(type) {
	case string:
		s, err := parseSpan(v)
		return s, err == nil
	case map[string]any:
		whole := span{math.MinInt64, math.MaxInt64}
		if s, err := parseSpan(text(v, "start")); err == nil {
			whole.from = s.from
		}
		if s, err := parseSpan(text(v, "end")); err == nil {
			whole.until = s.until
		}
		return whole, text(v, "start") != "" || text(v, "end") != ""
	}
	return span{}, false
}

// matches compares a resource's range with the range asked for.
func (resource span) matches(prefix string, asked span) bool {
	within := asked.from <= resource.from && resource.until <= asked.until
	switch prefix {
	case "eq":
		return within
	case "ne":
		return !within
	case "gt":
		return resource.until > asked.until
	case "ge":
		return within || resource.until > asked.until
	case "lt":
		return resource.from < asked.from
	case "le":
		return within || resource.from < asked.from
	case "sa":
		return resource.from >= asked.until
	case "eb":
		return resource.until <= asked.from
	}
	return false
}

// cutPrefix splits "ge2025-01-01"; no prefix means eq.
func cutPrefix(value string) (prefix, rest string, ok bool) {
	if value == "" {
		return "", "", false
	}
	if value[0] >= '0' && value[0] <= '9' {
		return "eq", value, true
	}
	if len(value) < 3 {
		return "", "", false
	}
	switch value[:2] {
	case "eq", "ne", "gt", "ge", "lt", "le", "sa", "eb":
		return value[:2], value[2:], true
	}
	return "", "", false
}
