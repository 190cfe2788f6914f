package audit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pairs joins names with the values that are not empty: "by X, through Y".
func pairs(namesAndValues ...string) string {
	var b strings.Builder
	for i := 0; i < len(namesAndValues); i += 2 {
		name, value := namesAndValues[i], namesAndValues[i+1]
		if value == "" {
			continue
		}
		switch {
		case b.Len() > 0 && name != "":
			b.WriteString(", ")
		case b.Len() > 0:
			b.WriteByte(' ')
		}
		if name != "" {
			b.WriteString(name + " ")
		}
		b.WriteString(value)
	}
	return b.String()
}

func first(items []string) string {
	if len(items) == 0 {
		return ""
	}
	return items[0]
}

func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func short(digest string) string {
	if len(digest) > 12 {
		return digest[:12] + "…"
	}
	return digest
}

// counts gives "12 laboratory, 3 medications", sorted by name.
func counts(m map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%d %s", m[name], name))
	}
	return strings.Join(parts, ", ")
}

func list(items []string, most int) string {
	if len(items) > most {
		return strings.Join(items[:most], ", ") + fmt.Sprintf(" and %d more", len(items)-most)
	}
	return strings.Join(items, ", ")
}

func when(t time.Time) string { return t.UTC().Format("Monday 2 January 2006, 15:04:05.000 UTC") }
