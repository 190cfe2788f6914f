package console

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Why a typed date of birth is not one.
var (
	errBornMissing = errors.New("reading date of birth: a part is missing")
	errBornNoDate  = errors.New("reading date of birth: there is no such day")
	errBornFuture  = errors.New("reading date of birth: it is to come")
	errBornLongAgo = errors.New("reading date of birth: more than 130 years ago")
)

var months = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// typedBorn reads a date of birth of three fields. The month may be a number or a
// name ("3", "Mar", "March"); the year has four digits, since "28" is a guess. It
// gives YYYY-MM-DD.
func typedBorn(day, month, year string, now time.Time) (string, error) {
	day, month, year = strings.TrimSpace(day), strings.TrimSpace(month), strings.TrimSpace(year)
	if day == "" || month == "" || year == "" {
		return "", errBornMissing
	}
	d, ok1 := whole(day, 2)
	m, ok2 := monthOf(month)
	y, ok3 := whole(year, 4)
	if !ok1 || !ok2 || !ok3 || len(year) != 4 {
		return "", errBornNoDate
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	switch {
	case t.Day() != d || int(t.Month()) != m || t.Year() != y:
		return "", errBornNoDate
	case t.After(now.Add(24 * time.Hour)): // a child born after midnight here is born yesterday elsewhere
		return "", errBornFuture
	case t.Before(now.AddDate(-130, 0, 0)):
		return "", errBornLongAgo
	}
	return t.Format(time.DateOnly), nil
}

func monthOf(text string) (int, bool) {
	if m, ok := whole(text, 2); ok {
		return m, m >= 1 && m <= 12
	}
	low := strings.ToLower(text)
	for i, short := range months {
		if len(low) >= 3 && strings.HasPrefix(low, short) && strings.HasPrefix(strings.ToLower(time.Month(i+1).String()), low) {
			return i + 1, true
		}
	}
	return 0, false
}

// whole reads up to most ASCII digits.
func whole(text string, most int) (int, bool) {
	if text == "" || len(text) > most || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
